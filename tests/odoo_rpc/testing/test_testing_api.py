"""What integrators import stays importable, sorted and documented, and the README's example runs."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

from odoo_rpc import testing

README = Path(__file__).parents[3] / "packages" / "odoo_rpc" / "README.md"


def test_every_public_name_is_there_and_documented() -> None:
    assert all(hasattr(testing, name) for name in testing.__all__)
    kinds = [getattr(testing, name) for name in testing.__all__]
    assert all(inspect.getdoc(kind) for kind in kinds if inspect.isclass(kind) or inspect.isfunction(kind))


def test_the_readme_s_example_prints_what_it_promises() -> None:
    section = README.read_text().split("## A stand-in for Odoo")[1]
    code = section.split("```python\n")[1].split("```")[0]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[{'id': 1, 'name': 'S00001', 'amount_total': 25980.0}]\n2 1\n"
