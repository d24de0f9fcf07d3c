"""Demonstration data: a small Chilean shop with the oddities that real orders have.

The same arguments give the same records, and those a dozen orders long cover: prices without cents and with decimals, variants,
a product without SKU, a quantity of 2.5, sections and notes, a delivery address of its own, an archived product, a customer with
neither phone nor region.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from odoo_rpc.testing.sales import Line

if TYPE_CHECKING:
    from odoo_rpc.testing.fake import FakeOdoo

_CUSTOMERS: Final = (
    # name, email, phone, mobile, street, street2, comuna, zip, region
    (
        "Juan Pérez Ñuñoa",
        "juan.perez@example.com",
        "+56 2 2345 6789",
        "+56 9 1234 5678",
        "Av. Providencia 1234",
        "Depto 502",
        "Providencia",
        "7500000",
        "Metropolitana",
    ),
    (
        "María José Contreras",
        "mj.contreras@example.com",
        None,
        "+56 9 8765 4321",
        "Calle Los Aromos 45",
        None,
        "Viña del Mar",
        "2520000",
        "Valparaíso",
    ),
    (
        "Comercial Sur Ltda.",
        "compras@sur.example.com",
        "+56 41 222 3344",
        None,
        "O'Higgins 987",
        "Oficina 31",
        "Concepción",
        "4030000",
        "del BíoBio",
    ),
    (
        "Ana Huenchumán",
        "ana.h@example.com",
        None,
        "+56 9 5555 1212",
        "Pasaje Lautaro 12",
        None,
        "Temuco",
        "4780000",
        "de la Araucania",
    ),
    (
        "Minera Norte SpA",
        "bodega@norte.example.com",
        "+56 55 277 8899",
        None,
        "Av. Balmaceda 2500",
        None,
        "Antofagasta",
        "1240000",
        "Antofagasta",
    ),
    ("Retiro en tienda", None, None, None, None, None, None, None, None),
)
_NOTES: Final = (
    None,
    "Dejar en conserjería\nTocar timbre <2> & esperar",
    None,
    "Frágil: no apilar",
)
_REFERENCES: Final = ("OC-4501", None, None, "WEB-20931", None)


def chile(fake: FakeOdoo, orders: int = 12) -> list[int]:
    """Add customers, products and that many confirmed orders; gives the orders' ids, oldest first."""
    customers = _customers(fake)
    warehouse = fake.add_partner(
        "Bodega Juan",
        parent=customers[0],
        kind="delivery",
        street="Calle Falsa 123",
        city="Ñuñoa",
        region="Metropolitana",
        country="CL",
    )
    baskets = _baskets(fake)
    return [
        fake.add_order(
            customers[number % len(customers)],
            baskets[number % len(baskets)],
            shipping=warehouse if number % len(customers) == 0 else None,
            note=_NOTES[number % len(_NOTES)],
            client_order_ref=_REFERENCES[number % len(_REFERENCES)],
        )
        for number in range(orders)
    ]


def _customers(fake: FakeOdoo) -> list[int]:
    return [
        fake.add_partner(
            name,
            email=email,
            phone=phone,
            mobile=mobile,
            street=street,
            street2=street2,
            city=comuna,
            zip_code=zip_code,
            region=region,
            country="CL",
        )
        for name, email, phone, mobile, street, street2, comuna, zip_code, region in _CUSTOMERS
    ]


def _baskets(fake: FakeOdoo) -> list[list[Line]]:
    shirt = {
        (size, colour): fake.add_product(
            "Polera algodón",
            sku=f"POL-{size}-{colour[:2].upper()}",
            price=12_990,
            variant={"Talla": size, "Color": colour},
        )
        for size in ("S", "M", "L")
        for colour in ("Rojo", "Azul")
    }
    coffee = fake.add_product("Café de grano 1 kg", sku="CAF-1000", price=15_490, barcode="7801234500017")
    cable = fake.add_product("Cable por metro", sku="CAB-MT", price=1_250.5)
    import_part = fake.add_product("Repuesto importado", sku="REP-88", price=19.99)
    bag = fake.add_product("Bolsa de regalo", price=990)  # no SKU, as in many shops
    old = fake.add_product("Calendario 2024", sku="CAL-24", price=4_990, active=False)
    return [
        [
            Line.section("Ropa"),
            Line(shirt["S", "Rojo"], 2),
            Line(shirt["L", "Azul"]),
            Line.note("Envolver por separado"),
            Line(bag, 3),
        ],
        [Line(coffee, 4), Line(bag)],
        [Line(cable, 2.5), Line(import_part, 10)],
        [Line(shirt["M", "Rojo"]), Line(shirt["M", "Azul"]), Line(coffee)],
        [Line(old, 1), Line(import_part, 1, price=0.29)],
    ]
