"""What payloads have in common, as a preset dictionary for the archive's compression.

Changing it would make archived bodies unreadable: a new dictionary needs a new table or a marker in front.
"""

PAYLOAD_DICTIONARY = (
    b"Avenida Calle Pasaje Camino Depto Oficina Casa Torre Local Santiago Providencia Las Condes Vitacura \xc3\x91u\xc3\xb1oa La Florida "
    b"Maip\xc3\xba Puente Alto Vi\xc3\xb1a del Mar Valpara\xc3\xadso Concepci\xc3\xb3n Temuco Antofagasta La Serena Rancagua Talca "
    b'Metropolitana Biob\xc3\xado Araucan\xc3\xada @gmail.com @hotmail.com ","variant_name":"Color: Talla: ","quantity":1,"price_cents":'
    b'99000000},{"sku":"ODOO-","name":"[","variant_name":null,"quantity":2,"price_cents":19990000},{"sku":"'
    b'{"event":"order.confirmed","external_id":"odoo_","source":{"platform":"ODOO","connection_id":"","store_id":"store_","client_id":"client_'
    b'"},"order":{"platform_order_id":"","platform_order_number":"S0000","date_order":"2026-11-24T10:00:00Z","financial_status":"paid",'
    b'"note":null,"client_order_ref":null,"amount_total":0000,"tags":[],"platform_attributes":{"odoo_state":"sale","client_order_ref":null}},'
    b'"customer":{"name":"","phone":"+569 +56 2 2","email":"","orders_count":1},"shipping_address":{"name":"","address1":"Av. ","address2":null,'
    b'"city":"","province":"Metropolitana","zip":null,"country":"CL","phone":null},"items":[{"sku":"","name":"","variant_name":null,"quantity":1,"price_cents":'
)

__all__ = ["PAYLOAD_DICTIONARY"]
