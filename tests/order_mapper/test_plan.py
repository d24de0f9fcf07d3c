from order_mapper import PLAN, NestedOrder
from order_mapper.records import Attribute, AttributeValue, Country, CountryState, Line, Partner, Product

PARTNER_19 = {
    "name": {},
    "phone": {},
    "email": {},
    "street": {},
    "street2": {},
    "city": {},
    "zip": {},
    "state_id": {"fields": {"name": {}}},
    "country_id": {"fields": {"code": {}}},
    "sale_order_count": {},
}

SPECIFICATION_19 = {
    "name": {},
    "state": {},
    "date_order": {},
    "create_date": {},
    "write_date": {},
    "partner_id": {"fields": PARTNER_19},
    "partner_shipping_id": {"fields": PARTNER_19},
    "order_line": {
        "fields": {
            "name": {},
            "display_type": {},
            "product_id": {
                "fields": {
                    "name": {},
                    "default_code": {},
                    "product_template_attribute_value_ids": {
                        "fields": {"name": {}, "attribute_id": {"fields": {"name": {}}}}
                    },
                }
            },
            "product_uom_qty": {},
            "price_unit": {},
        }
    },
    "note": {},
    "amount_total": {},
    "client_order_ref": {},
}

TYPES = {
    "sale.order": NestedOrder,
    "sale.order.line": Line,
    "res.partner": Partner,
    "product.product": Product,
    "product.template.attribute.value": AttributeValue,
    "product.attribute": Attribute,
    "res.country.state": CountryState,
    "res.country": Country,
}


def test_the_nested_specification_asks_for_everything_in_one_call():
    assert PLAN.specification(19) == SPECIFICATION_19


def test_mobile_is_asked_for_until_18():
    assert "mobile" in PLAN.specification(18)["partner_id"]["fields"]
    assert "mobile" in PLAN.for_version(14)["res.partner"]
    assert "mobile" not in PLAN.for_version(19)["res.partner"]
    assert "mobile" not in PLAN.for_version(22)["res.partner"]


def test_what_a_database_refuses_is_left_out_wherever_the_model_is_nested():
    found = PLAN.specification(19, {("res.partner", "sale_order_count")})
    assert "sale_order_count" not in found["partner_id"]["fields"]
    assert "sale_order_count" not in found["partner_shipping_id"]["fields"]
    assert (
        "sale_order_count" not in PLAN.for_version(19, {("res.partner", "sale_order_count")})["res.partner"]
    )


def test_a_field_of_the_same_name_on_another_model_stays():
    found = PLAN.specification(19, {("res.partner", "name")})
    assert "name" not in found["partner_id"]["fields"]
    assert "name" in found
    assert "name" in found["order_line"]["fields"]


def test_the_classic_calls_read_seven_models():
    assert PLAN.for_version(19) == {
        "sale.order": [
            "name",
            "state",
            "date_order",
            "create_date",
            "write_date",
            "partner_id",
            "partner_shipping_id",
            "order_line",
            "note",
            "amount_total",
            "client_order_ref",
        ],
        "sale.order.line": ["name", "display_type", "product_id", "product_uom_qty", "price_unit"],
        "res.partner": list(PARTNER_19),
        "product.product": ["name", "default_code", "product_template_attribute_value_ids"],
        "product.template.attribute.value": ["name", "attribute_id"],
        "res.country.state": ["name"],
        "res.country": ["code"],
    }


def test_what_is_worth_negotiating():
    assert PLAN.optional_fields(18) == {"res.partner": ["mobile", "sale_order_count"]}
    assert PLAN.optional_fields(19) == {"res.partner": ["sale_order_count"]}


def test_the_note_is_html_from_15_on():
    assert [PLAN.note_is_html(major) for major in (14, 15, 19)] == [False, True, True]


def test_the_plan_and_the_record_types_name_the_same_fields():
    for model, fields in PLAN.fields.items():
        assert {"id", *(field.name for field in fields)} == set(TYPES[model].__struct_fields__)
