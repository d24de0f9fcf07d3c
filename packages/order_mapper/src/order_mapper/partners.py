"""The two `res.partner` records of an order: who ordered, and where it goes."""

from order_mapper.payload import Customer, ShippingAddress
from order_mapper.reading import Reader
from order_mapper.records import Country, CountryState, NestedOrder, Partner

__all__ = ["customer", "shipping_address"]

_NO_CUSTOMER = Customer(None, None, None, None)
_NO_ADDRESS = ShippingAddress(None, None, None, None, None, None, None, None)


def customer(order: NestedOrder, read: Reader) -> Customer:
    """Who ordered. An order without a customer can't be sent."""
    partner = read.required(order.partner_id, Partner, "partner_id")
    if partner is None:
        return _NO_CUSTOMER
    read = Reader(read.issues, "partner_id.")
    return Customer(
        name=read.text(partner.name, "name"),
        phone=_phone(partner, read),
        email=read.text(partner.email, "email"),
        orders_count=read.count(partner.sale_order_count, "sale_order_count"),
    )


def shipping_address(order: NestedOrder, read: Reader) -> ShippingAddress:
    """Where the order goes; all null where Odoo has no delivery address.

    The customer's own address never stands in: goods that go to the wrong place are worse than a question.
    """
    partner = read.related(order.partner_shipping_id, Partner, "partner_shipping_id")
    if partner is None:
        return _NO_ADDRESS
    read = Reader(read.issues, "partner_shipping_id.")
    state = read.related(partner.state_id, CountryState, "state_id")
    country = read.related(partner.country_id, Country, "country_id")
    return ShippingAddress(
        name=read.text(partner.name, "name"),
        address1=read.text(partner.street, "street"),
        address2=read.text(partner.street2, "street2"),
        city=read.text(partner.city, "city"),
        province=read.text(state.name, "state_id.name") if state else None,
        zip=read.text(partner.zip, "zip"),
        country=read.text(country.code, "country_id.code") if country else None,
        phone=_phone(partner, read),
    )


def _phone(partner: Partner, read: Reader) -> str | None:
    mobile = read.text(partner.mobile, "mobile")
    phone = read.text(partner.phone, "phone")
    return mobile or phone
