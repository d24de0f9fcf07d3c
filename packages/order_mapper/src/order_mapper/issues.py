"""Why an order can't be mapped: one `Issue` for each value that is wrong, all of them at once.

An issue is shown to operators and kept in the event log, so it names the field and what was expected, and never
repeats what was found there: that may be somebody's name, address or note.
"""

from typing import Literal

import msgspec

__all__ = ["WHOLE_ORDER", "Code", "Issue"]

Code = Literal["missing", "wrong_type", "not_finite", "out_of_range", "not_a_date", "not_read", "too_large"]
"""What is wrong.

- `missing`: the field is absent, null, false or blank, and there is no payload without it.
- `wrong_type`: something else than the field holds in Odoo (a list where text belongs, say).
- `not_finite`: NaN or an infinity.
- `out_of_range`: an id outside 1 to 2^31-1, or a number that no 64-bit integer holds.
- `not_a_date`: text that is no point in time.
- `not_read`: Odoo names a record but did not hand it over (deleted meanwhile, or not readable to this user).
- `too_large`: the payload would be larger than `MAX_BODY_BYTES`.
"""

WHOLE_ORDER = "order"
"""The path of an issue that belongs to no single field."""


class Issue(msgspec.Struct, frozen=True):
    """One reason why an order was rejected. `path` is Odoo's own: `order_line[2].price_unit`, counted from 0."""

    path: str
    code: Code
    message: str
