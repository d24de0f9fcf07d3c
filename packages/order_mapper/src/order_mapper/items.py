"""The order's lines as items to pick: which lines count, and what each is called."""

from msgspec import UNSET

from order_mapper.payload import Item
from order_mapper.reading import Reader
from order_mapper.records import Attribute, AttributeValue, Line, NestedOrder, Product

__all__ = ["items"]

_VALUES = "product_id.product_template_attribute_value_ids"
_VALUE = _VALUES + "[*]"
_VALUE_NAME = _VALUE + ".name"
_ATTRIBUTE = _VALUE + ".attribute_id"
_ATTRIBUTE_NAME = _ATTRIBUTE + ".name"


def items(order: NestedOrder, db: str, read: Reader) -> tuple[Item, ...]:
    """The lines with something to pick, in Odoo's order.

    Left out are sections, subsections and notes (their `display_type` is `line_*`) and lines with the quantity 0.
    Services, negative quantities and lines without a product stay.
    """
    if order.order_line is None:
        read.missing("order_line")
        return ()
    found: list[Item] = []
    read_line = Reader(read.issues, "order_line[*].")
    for index, member in enumerate(read.records(order.order_line, "order_line")):
        read.member = read_line.index = index
        line = member if type(member) is Line else read.required(member, Line, "order_line[*]")
        item = _item(line, db, read_line) if line else None
        if item:
            found.append(item)
    return tuple(found)


def _item(line: Line, db: str, read: Reader) -> Item | None:
    if line.display_type and _is_heading(line, read):
        return None
    if line.product_uom_qty is UNSET:
        read.not_read("product_uom_qty")
        return None
    quantity = read.quantity(line.product_uom_qty, "product_uom_qty")
    if quantity == 0:
        return None
    product = line.product_id
    if type(product) is not Product:
        product = read.related(product, Product, "product_id")
    return Item(
        _sku(line, product, db, read),
        _name(line, product, read),
        _variant_name(product, read) if product else None,
        quantity or 0,
        read.cents(line.price_unit, "price_unit"),
    )


def _is_heading(line: Line, read: Reader) -> bool:
    display_type = read.text(line.display_type, "display_type")
    return display_type is not None and display_type.startswith("line_")


def _sku(line: Line, product: Product | None, db: str, read: Reader) -> str:
    """Odoo's internal reference, or one made from ids, which no other product or line ever has."""
    if product is not None:
        code = read.text(product.default_code, "product_id.default_code")
        return code or f"ODOO-{db}-{read.record_id(product.id, 'product_id.id')}"
    return f"ODOO-{db}-line-{read.record_id(line.id, 'id')}"


def _name(line: Line, product: Product | None, read: Reader) -> str:
    known = len(read.issues)
    name = read.text(line.name, "name")
    if name is None and product is not None:
        name = read.text(product.name, "product_id.name")
    if name is None and len(read.issues) == known:
        read.missing("name")
    return name or ""


def _variant_name(product: Product, read: Reader) -> str | None:
    """`Color: Rojo, Talla: L`. A value without an attribute stands alone, one without a name is left out."""
    members = product.product_template_attribute_value_ids
    if not members:
        return None
    parts: list[str] = []
    for index, member in enumerate(read.records(members, _VALUES)):
        read.member = index
        value = member if type(member) is AttributeValue else read.required(member, AttributeValue, _VALUE)
        if value is None:
            continue
        attribute = value.attribute_id
        if type(attribute) is not Attribute:
            attribute = read.related(attribute, Attribute, _ATTRIBUTE)
        name = read.text(value.name, _VALUE_NAME)
        kind = read.text(attribute.name, _ATTRIBUTE_NAME) if attribute else None
        if name:
            parts.append(f"{kind}: {name}" if kind else name)
    return ", ".join(parts) or None
