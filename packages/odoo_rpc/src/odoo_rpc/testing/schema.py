"""The models and fields the fake knows, by Odoo version.

One line a field. Types, relations and labels were read from `fields_get` of real 14.0 and 19.0 servers; which release a
field came or went with, where it lies between the two, from Odoo's source history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Final


class Group(StrEnum):
    """The user groups that matter for reading orders, by their XML ids."""

    INTERNAL = "base.group_user"
    SALES_OWN = "sales_team.group_sale_salesman"
    SALES_ALL = "sales_team.group_sale_salesman_all_leads"
    STOCK = "stock.group_stock_user"
    SYSTEM = "base.group_system"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model: stored unless `computed`; there `since` a version (inclusive) `until` another (exclusive)."""

    name: str
    type: str
    label: str
    relation: str = ""
    required: bool = False
    computed: bool = False
    since: int = 0
    until: int = 1_000
    guarded_since: int = 1_000
    """From this version on only users with sales rights may read it."""

    @property
    def empty(self) -> object:
        """What a record holds where nothing was given."""
        match self.type:
            case "integer":
                return 0
            case "float" | "monetary":
                return 0.0
            case "one2many" | "many2many":
                return ()
            case _:
                return False


@dataclass(frozen=True, slots=True)
class Model:
    """A model as one version has it: its fields by name and the order records come in unasked."""

    name: str
    label: str
    order: str
    fields: dict[str, Field]
    read_groups: frozenset[Group] = field(default_factory=lambda: frozenset(Group))
    write_groups: frozenset[Group] = field(default_factory=lambda: frozenset(Group))


_STAMPS: Final = (
    Field("id", "integer", "ID"),
    Field("display_name", "char", "Display Name", computed=True),
    Field("create_date", "datetime", "Created on"),
    Field("write_date", "datetime", "Last Updated on"),
)

_FIELDS: Final[dict[str, tuple[Field, ...]]] = {
    "sale.order": (
        Field("name", "char", "Order Reference", required=True),
        Field("state", "selection", "Status"),
        Field("locked", "boolean", "Locked", since=17),
        Field("date_order", "datetime", "Order Date", required=True),
        Field("partner_id", "many2one", "Customer", "res.partner", required=True),
        Field("partner_invoice_id", "many2one", "Invoice Address", "res.partner", required=True),
        Field("partner_shipping_id", "many2one", "Delivery Address", "res.partner", required=True),
        Field("order_line", "one2many", "Order Lines", "sale.order.line"),
        Field("note", "text", "Terms and conditions", until=15),
        Field("note", "html", "Terms and conditions", since=15),
        Field("amount_untaxed", "monetary", "Untaxed Amount"),
        Field("amount_tax", "monetary", "Taxes"),
        Field("amount_total", "monetary", "Total"),
        Field("client_order_ref", "char", "Customer Reference"),
        Field("origin", "char", "Source Document"),
        Field("user_id", "many2one", "Salesperson", "res.users"),
        Field("company_id", "many2one", "Company", "res.company", required=True),
    ),
    "sale.order.line": (
        Field("order_id", "many2one", "Order Reference", "sale.order", required=True),
        Field("sequence", "integer", "Sequence"),
        Field("product_id", "many2one", "Product", "product.product"),
        Field("product_template_id", "many2one", "Product Template", "product.template"),
        Field("name", "text", "Description", required=True),
        Field("product_uom_qty", "float", "Quantity", required=True),
        Field("price_unit", "float", "Unit Price", required=True),
        Field("discount", "float", "Discount (%)"),
        Field("price_subtotal", "monetary", "Subtotal"),
        Field("price_tax", "float", "Total Tax"),
        Field("price_total", "monetary", "Total"),
        Field("display_type", "selection", "Display Type"),
        Field("is_downpayment", "boolean", "Is a down payment"),
    ),
    "res.partner": (
        Field("name", "char", "Name"),
        Field("active", "boolean", "Active"),
        Field("parent_id", "many2one", "Related Company", "res.partner"),
        Field("type", "selection", "Address Type"),
        Field("is_company", "boolean", "Is a Company"),
        Field("email", "char", "Email"),
        Field("phone", "char", "Phone"),
        Field("mobile", "char", "Mobile", until=19),
        Field("street", "char", "Street"),
        Field("street2", "char", "Street2"),
        Field("city", "char", "City"),
        Field("zip", "char", "Zip"),
        Field("state_id", "many2one", "State", "res.country.state"),
        Field("country_id", "many2one", "Country", "res.country"),
        Field("vat", "char", "Tax ID"),
        Field("ref", "char", "Reference"),
        Field("sale_order_count", "integer", "Sale Order Count", computed=True, guarded_since=19),
    ),
    "product.template": (
        Field("name", "char", "Name", required=True),
        Field("active", "boolean", "Active"),
        Field("default_code", "char", "Internal Reference"),
        Field("list_price", "float", "Sales Price"),
    ),
    "product.product": (
        Field("name", "char", "Name", required=True),
        Field("active", "boolean", "Active"),
        Field("default_code", "char", "Internal Reference"),
        Field("barcode", "char", "Barcode"),
        Field("product_tmpl_id", "many2one", "Product Template", "product.template", required=True),
        Field(
            "product_template_attribute_value_ids",
            "many2many",
            "Attribute Values",
            "product.template.attribute.value",
        ),
        Field("list_price", "float", "Sales Price"),
    ),
    "product.template.attribute.value": (
        Field("name", "char", "Value"),
        Field("attribute_id", "many2one", "Attribute", "product.attribute"),
        Field("product_tmpl_id", "many2one", "Product Template", "product.template"),
        Field("ptav_active", "boolean", "Active"),
    ),
    "product.attribute": (
        Field("name", "char", "Attribute", required=True),
        Field("sequence", "integer", "Sequence"),
    ),
    "res.country": (
        Field("name", "char", "Country Name", required=True),
        Field("code", "char", "Country Code"),
    ),
    "res.country.state": (
        Field("name", "char", "State Name", required=True),
        Field("code", "char", "State Code", required=True),
        Field("country_id", "many2one", "Country", "res.country", required=True),
    ),
    "res.users": (
        Field("name", "char", "Name"),
        Field("login", "char", "Login", required=True),
        Field("active", "boolean", "Active"),
        Field("partner_id", "many2one", "Related Partner", "res.partner", required=True),
        Field("company_id", "many2one", "Company", "res.company", required=True),
        Field("company_ids", "many2many", "Companies", "res.company"),
    ),
    "res.company": (Field("name", "char", "Company Name", required=True),),
}

_LABELS: Final = {
    "sale.order": "Sales Order",
    "sale.order.line": "Sales Order Line",
    "res.partner": "Contact",
    "product.template": "Product",
    "product.product": "Product Variant",
    "product.template.attribute.value": "Product Template Attribute Value",
    "product.attribute": "Product Attribute",
    "res.country": "Country",
    "res.country.state": "Country state",
    "res.users": "User",
    "res.company": "Companies",
}

_ORDERS: Final = {
    "sale.order": "date_order desc, id desc",
    "sale.order.line": "order_id, sequence, id",
    "product.product": "default_code, name, id",
    "product.template": "name, id",
    "product.template.attribute.value": "product_tmpl_id, id",
    "product.attribute": "sequence, id",
    "res.country": "name, id",
    "res.country.state": "code, id",
    "res.users": "name, login",
    "res.company": "name, id",
}

_ORDER_GROUPS: Final = frozenset({Group.SALES_OWN, Group.SALES_ALL, Group.STOCK})
SALES_GROUPS: Final = frozenset({Group.SALES_OWN, Group.SALES_ALL})


def _default_order(model: str, version: int) -> str:
    if model == "res.partner":
        return "display_name, id desc" if version >= 17 else "display_name, id"
    return _ORDERS[model]


@cache
def schema_of(version: int) -> dict[str, Model]:
    """Give the models of a major version, by name."""
    models = {}
    for name, fields in _FIELDS.items():
        present = {f.name: f for f in (*_STAMPS, *fields) if f.since <= version < f.until}
        guarded = _ORDER_GROUPS if name in ("sale.order", "sale.order.line") else frozenset({Group.INTERNAL})
        models[name] = Model(name, _LABELS[name], _default_order(name, version), present, guarded, guarded)
    return models


def guarded(item: Field, version: int) -> bool:
    """Say whether only users with sales rights may read this field in this version."""
    return version >= item.guarded_since
