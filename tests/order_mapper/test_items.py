import pytest

from order_samples import issues, line, mapped, product, value

NAN, INFINITY = float("nan"), float("inf")


def items(*lines):
    return mapped(order_line=list(lines)).items


def item(**changes):
    (only,) = items(line(**changes))
    return only


def variant(*values):
    return item(product_id=product(product_template_attribute_value_ids=list(values))).variant_name


def test_an_item_is_a_line_with_its_product():
    only = item()
    assert (only.sku, only.name, only.variant_name, only.quantity, only.price_cents) == (
        "POL-L-RO",
        "[POL-L-RO] Polera (Rojo, L)",
        "Color: Rojo, Talla: L",
        2,
        1999,
    )


def test_items_keep_odoos_order():
    assert [found.name for found in items(line(name="b"), line(name="a"), line(name="c"))] == ["b", "a", "c"]


@pytest.mark.parametrize("code", [False, None, "", "  ", "\x00"])
def test_a_product_without_a_reference_is_named_by_database_and_id(code):
    assert item(product_id=product(id=40, default_code=code)).sku == "ODOO-demo-40"


def test_a_line_without_a_product_is_named_by_database_and_line():
    only = item(id=51, name="Anticipo", product_id=False)
    assert (only.sku, only.name, only.variant_name) == ("ODOO-demo-line-51", "Anticipo", None)


@pytest.mark.parametrize("name", [False, None, "", " "])
def test_a_line_without_a_name_has_the_products(name):
    assert item(name=name).name == "Polera"


@pytest.mark.parametrize("name", ["  [X] Polera\nde algodón ", "👩🏽‍🚒", "[/bold] SpA"])
def test_a_name_is_passed_on_as_odoo_has_it(name):
    assert item(name=name).name == name


def test_variants_are_attribute_and_value_in_odoos_order():
    assert variant(value("L", "Talla"), value("Rojo", "Color")) == "Talla: L, Color: Rojo"


@pytest.mark.parametrize("attribute", [False, None, "", {"id": 5, "name": False}])
def test_a_value_whose_attribute_has_no_name_stands_alone(attribute):
    assert variant(value("50ml", attribute)) == "50ml"


def test_a_value_without_a_name_is_left_out():
    assert variant(value(False, "Talla"), value("Rojo", "Color")) == "Color: Rojo"


@pytest.mark.parametrize("none", [[], False, None])
def test_a_product_without_values_has_no_variant(none):
    assert item(product_id=product(product_template_attribute_value_ids=none)).variant_name is None


@pytest.mark.parametrize("display_type", ["line_section", "line_subsection", "line_note"])
def test_sections_subsections_and_notes_are_left_out(display_type):
    assert items(line(display_type=display_type, product_id=False, product_uom_qty=0.0, price_unit=0.0)) == ()
    assert items(line(display_type=display_type, product_uom_qty=1.0)) == ()


def test_a_display_type_that_is_no_heading_leaves_the_line_in():
    assert item(display_type="product").sku == "POL-L-RO"


@pytest.mark.parametrize("zero", [0, 0.0, -0.0])
def test_a_line_of_quantity_zero_is_left_out_whatever_else_it_holds(zero):
    assert items(line(product_uom_qty=zero, price_unit=NAN, product_id=[40, "Polera"])) == ()


@pytest.mark.parametrize(
    ("quantity", "shown"),
    [(2.0, 2), (2.5, 2.5), (-1.0, -1), (-0.5, -0.5), (1e15, 10**15), (3, 3), (0.1, 0.1), (1e-07, 1e-07)],
)
def test_a_quantity_is_an_integer_where_whole_and_stays_a_number_where_not(quantity, shown):
    found = item(product_uom_qty=quantity).quantity
    assert (found, type(found)) == (shown, type(shown))


@pytest.mark.parametrize(
    ("price", "cents"),
    [(19.99, 1999), (0.29, 29), (1.005, 101), (-1.005, -101), (0.0, 0), (-0.0, 0), (1e15, 10**17)],
)
def test_prices_are_exact_minor_units(price, cents):
    assert item(price_unit=price).price_cents == cents


@pytest.mark.parametrize("lines", [[], False])
def test_an_order_without_lines_is_sent_without_items(lines):
    assert mapped(order_line=lines).items == ()


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"product_uom_qty": NAN}, "product_uom_qty", "not_finite"),
        ({"product_uom_qty": INFINITY}, "product_uom_qty", "not_finite"),
        ({"product_uom_qty": False}, "product_uom_qty", "missing"),
        ({"product_uom_qty": None}, "product_uom_qty", "missing"),
        ({"product_uom_qty": "2"}, "product_uom_qty", "wrong_type"),
        ({"product_uom_qty": True}, "product_uom_qty", "wrong_type"),
        ({"product_uom_qty": 1e30}, "product_uom_qty", "out_of_range"),
        ({"product_uom_qty": -(2**63)}, "product_uom_qty", "out_of_range"),
        ({"price_unit": NAN}, "price_unit", "not_finite"),
        ({"price_unit": False}, "price_unit", "missing"),
        ({"price_unit": [1]}, "price_unit", "wrong_type"),
        ({"price_unit": 1e300}, "price_unit", "out_of_range"),
        ({"name": 7}, "name", "wrong_type"),
        ({"display_type": ["line_note"]}, "display_type", "wrong_type"),
        ({"product_id": 40}, "product_id", "not_read"),
        ({"product_id": [40, "Polera"]}, "product_id", "not_read"),
        ({"product_id": "Polera"}, "product_id", "wrong_type"),
        ({"product_id": {"id": 40}}, "product_id.default_code", "not_read"),
        ({"product_id": product(default_code=7)}, "product_id.default_code", "wrong_type"),
        ({"product_id": product(default_code=False, id=0)}, "product_id.id", "out_of_range"),
        ({"name": False, "product_id": product(name={})}, "product_id.name", "wrong_type"),
        ({"product_id": False, "id": "x"}, "id", "wrong_type"),
        (
            {"product_id": product(product_template_attribute_value_ids=[value(), 8])},
            "product_id.product_template_attribute_value_ids[1]",
            "not_read",
        ),
        (
            {"product_id": product(product_template_attribute_value_ids=[value(), None])},
            "product_id.product_template_attribute_value_ids[1]",
            "missing",
        ),
        (
            {"product_id": product(product_template_attribute_value_ids=[value(), {"id": 8}])},
            "product_id.product_template_attribute_value_ids[1].name",
            "not_read",
        ),
        (
            {"product_id": product(product_template_attribute_value_ids=[value("L", [5, "Talla"])])},
            "product_id.product_template_attribute_value_ids[0].attribute_id",
            "not_read",
        ),
        (
            {"product_id": product(product_template_attribute_value_ids=[value("L", {"id": 5, "name": 5})])},
            "product_id.product_template_attribute_value_ids[0].attribute_id.name",
            "wrong_type",
        ),
        (
            {"product_id": product(product_template_attribute_value_ids="x")},
            "product_id.product_template_attribute_value_ids",
            "wrong_type",
        ),
    ],
)
def test_what_a_line_must_hold_and_does_not_is_an_issue_at_its_path(changes, path, code):
    found = issues(order_line=[line(), line(), line(**changes)])
    assert (f"order_line[2].{path}", code) in found


@pytest.mark.parametrize("quantity", [1e30, NAN, None, "2"])
def test_a_line_of_an_impossible_quantity_is_still_read_to_its_end(quantity):
    found = issues(order_line=[line(product_uom_qty=quantity, price_unit=NAN, product_id=[40, "Polera"])])
    assert [path for path, _ in found] == [
        "order_line[0].product_uom_qty",
        "order_line[0].product_id",
        "order_line[0].price_unit",
    ]


@pytest.mark.parametrize(
    ("member", "code"),
    [(51, "not_read"), (None, "missing"), (False, "missing"), ("x", "wrong_type"), ([], "wrong_type")],
)
def test_a_line_that_is_no_record_is_an_issue_and_never_left_out(member, code):
    assert issues(order_line=[line(), member]) == [("order_line[1]", code)]


def test_a_line_of_which_odoo_gives_the_id_alone_was_not_read():
    assert issues(order_line=[{"id": 51}]) == [("order_line[0].product_uom_qty", "not_read")]
