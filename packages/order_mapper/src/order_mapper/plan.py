"""What to read from Odoo, as data: models, fields, and from when to when they exist.

Both ways of reading come from the one plan: the flat field lists of the classic calls (any Odoo), and the nested
specification of `web_search_read` (17+). Only what the payload or the reader needs is asked for.
"""

from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

import msgspec

__all__ = ["PLAN", "Field", "ReadPlan", "Without"]

Without: TypeAlias = AbstractSet[tuple[str, str]]
"""(model, field) pairs that a database doesn't have, or refuses to the connection's user."""


class Field(msgspec.Struct, frozen=True):
    """A field of a model.

    `optional`: orders are mapped without it too. `until`: the last major version that has it. `relation`: the model
    that it leads to, whose fields the nested specification asks for in the same call.
    """

    name: str
    optional: bool = False
    until: int | None = None
    relation: str | None = None


class ReadPlan(msgspec.Struct, frozen=True):
    """The fields to read of each model. `root` is the model that the search is for."""

    root: str
    fields: dict[str, tuple[Field, ...]]

    def for_version(self, major: int, without: Without = frozenset()) -> dict[str, list[str]]:
        """The field names to read of each model in the classic way.

        Models of which only the display name is used (`product.attribute`, which comes along with its value) have no
        call of their own and are left out.
        """
        return {
            model: [field.name for field in self._present(model, major, without)]
            for model in self.fields
            if model not in _BY_DISPLAY_NAME
        }

    def specification(self, major: int, without: Without = frozenset()) -> dict[str, Any]:
        """The nested `specification` argument of `web_search_read` and `web_read` (Odoo 17+)."""
        return self._nested(self.root, major, without)

    def optional_fields(self, major: int) -> dict[str, list[str]]:
        """The fields of each model that a database may lack or refuse: what is worth negotiating."""
        present = {model: self._present(model, major, frozenset()) for model in self.fields}
        optional = {
            model: [field.name for field in fields if field.optional] for model, fields in present.items()
        }
        return {model: names for model, names in optional.items() if names}

    def note_is_html(self, major: int) -> bool:
        """Whether `sale.order.note` is HTML (15+) or plain text (14)."""
        return major >= _NOTE_IS_HTML_FROM

    def _present(self, model: str, major: int, without: Without) -> list[Field]:
        return [
            field
            for field in self.fields[model]
            if (field.until is None or major <= field.until) and (model, field.name) not in without
        ]

    def _nested(self, model: str, major: int, without: Without) -> dict[str, Any]:
        return {
            field.name: {"fields": self._nested(field.relation, major, without)} if field.relation else {}
            for field in self._present(model, major, without)
        }


_NOTE_IS_HTML_FROM = 15
_BY_DISPLAY_NAME = frozenset({"product.attribute"})

PLAN = ReadPlan(
    root="sale.order",
    fields={
        "sale.order": (
            Field("name"),
            Field("state"),
            Field("date_order"),
            Field("create_date"),
            Field("write_date"),
            Field("partner_id", relation="res.partner"),
            Field("partner_shipping_id", relation="res.partner"),
            Field("order_line", relation="sale.order.line"),
            Field("note"),
            Field("amount_total"),
            Field("client_order_ref"),
        ),
        "sale.order.line": (
            Field("name"),
            Field("display_type"),
            Field("product_id", relation="product.product"),
            Field("product_uom_qty"),
            Field("price_unit"),
        ),
        "res.partner": (
            Field("name"),
            Field("phone"),
            Field("mobile", optional=True, until=18),
            Field("email"),
            Field("street"),
            Field("street2"),
            Field("city"),
            Field("zip"),
            Field("state_id", relation="res.country.state"),
            Field("country_id", relation="res.country"),
            Field("sale_order_count", optional=True),
        ),
        "product.product": (
            Field("name"),
            Field("default_code"),
            Field("product_template_attribute_value_ids", relation="product.template.attribute.value"),
        ),
        "product.template.attribute.value": (
            Field("name"),
            Field("attribute_id", relation="product.attribute"),
        ),
        "product.attribute": (Field("name"),),
        "res.country.state": (Field("name"),),
        "res.country": (Field("code"),),
    },
)
"""What `map_order` needs of an order, and the dates that a reader needs to find it.

`mobile` is gone from `res.partner` in 19. `sale_order_count` is refused to users without sales rights, which makes Odoo
refuse the whole call.
"""
