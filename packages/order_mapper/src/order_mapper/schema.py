"""The payload as JSON Schema, for integrators who validate what they get.

python -m order_mapper.schema > schemas/order.confirmed.json
"""

import json
import sys

from order_mapper.payload import json_schema

__all__ = ["schema_text"]


def schema_text() -> str:
    """The schema as the file in `schemas/` has it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
