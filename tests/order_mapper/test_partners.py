import pytest

from order_samples import issues, mapped, partner


def test_the_customer_is_the_partner_of_the_order():
    customer = mapped(partner_id=partner(name="Ana", sale_order_count=0)).customer
    assert (customer.name, customer.phone, customer.email, customer.orders_count) == (
        "Ana",
        "+56912345678",
        "juan@example.com",
        0,
    )


@pytest.mark.parametrize(
    ("mobile", "phone", "shown"),
    [
        ("+569", "+562", "+569"),
        (False, "+562", "+562"),
        ("", "+562", "+562"),
        (" ", "+562", "+562"),
        (None, False, None),
        ("+569", False, "+569"),
    ],
)
def test_the_phone_is_the_mobile_number_or_else_the_phone_number_or_else_null(mobile, phone, shown):
    who = partner(mobile=mobile, phone=phone)
    payload = mapped(partner_id=who, partner_shipping_id=who)
    assert payload.customer.phone == shown
    assert payload.shipping_address.phone == shown


def test_a_partner_of_19_has_no_mobile_field():
    who = partner()
    del who["mobile"]
    assert mapped(partner_id=who).customer.phone == "+56 2 2345 6789"


@pytest.mark.parametrize("count", [False, None])
def test_the_number_of_orders_is_null_where_odoo_does_not_tell(count):
    assert mapped(partner_id=partner(sale_order_count=count)).customer.orders_count is None


def test_what_the_customer_does_not_have_is_null():
    customer = mapped(partner_id={"id": 43, "name": False}).customer
    assert (customer.name, customer.phone, customer.email, customer.orders_count) == (None, None, None, None)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (False, "missing"),
        (None, "missing"),
        ("", "missing"),
        (43, "not_read"),
        ([43, "Juan Pérez"], "not_read"),
        ("Juan", "wrong_type"),
        ([], "wrong_type"),
        ([1, 2, 3], "wrong_type"),
        (True, "wrong_type"),
        (4.5, "wrong_type"),
    ],
)
def test_an_order_without_a_customer_that_was_read_is_rejected(value, code):
    assert issues(partner_id=value) == [("partner_id", code)]


def test_a_customer_of_whom_odoo_gives_the_id_alone_was_not_read():
    assert issues(partner_id={"id": 43}) == [("partner_id.name", "not_read")]


def test_the_address_is_that_of_the_delivery_partner():
    address = mapped(
        partner_id=partner(street="Otra 1"), partner_shipping_id=partner(name="Bodega")
    ).shipping_address
    assert (address.name, address.address1, address.address2, address.city, address.zip) == (
        "Bodega",
        "Av. Providencia 1234",
        "Depto 502",
        "Providencia",
        "7500000",
    )


def test_the_province_is_the_states_own_name_and_the_country_its_code():
    address = mapped().shipping_address
    assert (address.province, address.country) == ("Metropolitana", "CL")


def test_what_the_address_does_not_have_is_null():
    empty = dict.fromkeys(partner(), False) | {"id": 44}
    address = mapped(partner_shipping_id=empty).shipping_address
    assert {name: getattr(address, name) for name in address.__struct_fields__} == {
        "name": None,
        "address1": None,
        "address2": None,
        "city": None,
        "province": None,
        "zip": None,
        "country": None,
        "phone": None,
    }


@pytest.mark.parametrize("nobody", [False, None])
def test_without_a_delivery_partner_the_address_is_null_and_never_the_customers(nobody):
    address = mapped(partner_shipping_id=nobody).shipping_address
    assert not [name for name in address.__struct_fields__ if getattr(address, name) is not None]


def test_a_delivery_partner_that_was_not_read_is_an_issue_and_not_an_empty_address():
    assert issues(partner_shipping_id=[44, "Bodega"]) == [("partner_shipping_id", "not_read")]


@pytest.mark.parametrize("field", ["state_id", "country_id"])
def test_a_region_or_country_that_was_not_read_is_an_issue(field):
    who = partner(**{field: [46, "Chile"]})
    assert issues(partner_shipping_id=who) == [(f"partner_shipping_id.{field}", "not_read")]


def test_a_region_without_a_name_and_a_country_without_a_code_are_null():
    who = partner(state_id={"id": 1, "name": False}, country_id={"id": 2, "code": ""})
    address = mapped(partner_shipping_id=who).shipping_address
    assert (address.province, address.country) == (None, None)


@pytest.mark.parametrize("field", ["name", "mobile", "phone", "email"])
def test_a_list_where_the_customer_has_text_is_an_issue(field):
    assert issues(partner_id=partner(**{field: ["x"]})) == [(f"partner_id.{field}", "wrong_type")]


@pytest.mark.parametrize(
    ("count", "code"),
    [("5", "wrong_type"), (5.5, "wrong_type"), (True, "wrong_type"), (2**63, "out_of_range")],
)
def test_a_number_of_orders_that_is_none_is_an_issue(count, code):
    assert issues(partner_id=partner(sale_order_count=count)) == [("partner_id.sale_order_count", code)]


@pytest.mark.parametrize("field", ["name", "street", "street2", "city", "zip", "phone", "mobile"])
def test_a_number_where_the_address_has_text_is_an_issue(field):
    assert issues(partner_shipping_id=partner(**{field: 7})) == [
        (f"partner_shipping_id.{field}", "wrong_type")
    ]
