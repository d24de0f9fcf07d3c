import json
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from odoo_rpc.secret import Secret
from poller_core.webhook import (
    new_secret,
    normal_url,
    ping_body,
    signed_headers,
    valid_secret,
    verify,
    webhook_id,
)

# The vectors that the Standard Webhooks libraries and Svix's documentation publish.
VECTORS = [
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "msg_loFOjxBNrRLzqYUf",
        1731705121,
        b'{"event_type":"ping","data":{"success":true}}',
        "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    ),
]
SECRET = Secret("3f9c2f3e-7c0b-4a53-9d42-0d2a9ad3a9f1")
OLD = Secret("an old secret")
BODY = '{"event":"order.confirmed","note":"ñandú"}'.encode()
AT = 1731705121


def sent(*secrets: Secret, body: bytes = BODY) -> dict[str, str]:
    return signed_headers("msg-1", AT, body, secrets or (SECRET,), "a1b2")


@pytest.mark.parametrize(("secret", "message_id", "timestamp", "body", "signature"), VECTORS)
def test_signatures_are_those_of_the_published_vectors(
    secret: str, message_id: str, timestamp: int, body: bytes, signature: str
) -> None:
    headers = signed_headers(message_id, timestamp, body, [Secret(secret)], "a1")
    assert headers["webhook-signature"] == signature


def test_every_delivery_carries_these_headers_and_no_other() -> None:
    signature = Webhook(SECRET.reveal().encode()).sign(
        "msg-1", datetime.fromtimestamp(AT, UTC), BODY.decode()
    )
    assert list(signed_headers("msg-1", AT, BODY, [SECRET], "a1b2").items()) == [
        ("Content-Type", "application/json"),
        ("X-Webhook-Secret", "3f9c2f3e-7c0b-4a53-9d42-0d2a9ad3a9f1"),
        ("X-Odoo-Connection-Id", "a1b2"),
        ("webhook-id", "msg-1"),
        ("webhook-timestamp", "1731705121"),
        ("webhook-signature", signature),
    ]


def test_a_secret_without_the_prefix_signs_by_its_bytes_even_where_it_looks_like_base64() -> None:
    import base64
    import hashlib
    import hmac

    key = b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    digest = hmac.new(key, b"msg-1.1731705121." + BODY, hashlib.sha256).digest()
    assert sent(Secret(key.decode()))["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_while_a_secret_is_rotated_both_sign_and_the_new_one_is_shown() -> None:
    headers = sent(SECRET, OLD)
    both = headers["webhook-signature"].split(" ")
    assert both == [sent(SECRET)["webhook-signature"], sent(OLD)["webhook-signature"]]
    assert headers["X-Webhook-Secret"] == SECRET.reveal()
    for secret in (SECRET, OLD):
        assert verify(headers, BODY, secret, AT) == "msg-1"


def test_what_was_signed_is_verified_by_the_library_itself() -> None:
    now = int(datetime.now(UTC).timestamp())
    headers = signed_headers("m", now, BODY, [SECRET], "a1")
    assert Webhook(SECRET.reveal().encode()).verify(BODY, headers)["note"] == "ñandú"


@pytest.mark.parametrize("drift", [-300, 0, 300])
def test_a_receiver_accepts_five_minutes_of_drift(drift: int) -> None:
    assert verify(sent(), BODY, SECRET, AT + drift) == "msg-1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"webhook-signature": "v1,AAAA"}, "no signature matches"),
        ({"webhook-signature": "nonsense"}, "no signature matches"),
        ({"webhook-signature": "v1,ñ v2,x ,"}, "no signature matches"),
        ({"webhook-id": "msg-2"}, "no signature matches"),
        ({"webhook-timestamp": str(AT + 1)}, "no signature matches"),
        ({"webhook-timestamp": str(AT - 301)}, "malformed, too old or too new"),
        ({"webhook-timestamp": str(AT + 301)}, "malformed, too old or too new"),
        ({"webhook-timestamp": "now"}, "malformed, too old or too new"),
        ({"webhook-timestamp": "²"}, "malformed, too old or too new"),
        ({"webhook-timestamp": ""}, "malformed, too old or too new"),
        ({"webhook-timestamp": "9" * 400}, "malformed, too old or too new"),
    ],
)
def test_a_receiver_refuses_what_was_changed(change: dict[str, str], said: str) -> None:
    with pytest.raises(WebhookVerificationError, match=said):
        verify(sent() | change, BODY, SECRET, AT)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_receiver_refuses_a_missing_header_by_name(name: str) -> None:
    headers = sent()
    del headers[name]
    with pytest.raises(WebhookVerificationError, match=f"the header {name} is missing"):
        verify(headers, BODY, SECRET, AT)


@pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], b"", b"\xff"])
def test_a_receiver_refuses_another_body(body: bytes) -> None:
    with pytest.raises(WebhookVerificationError):
        verify(sent(), body, SECRET, AT)


def test_a_receiver_refuses_another_secret_and_reads_headers_in_any_case() -> None:
    shouted = {name.upper(): value for name, value in sent().items()}
    assert verify(shouted, BODY, SECRET, AT) == "msg-1"
    with pytest.raises(WebhookVerificationError):
        verify(shouted, BODY, OLD, AT)


def test_an_order_has_this_id_for_ever() -> None:
    # Receivers have these ids: a change here would make every order a new one to them.
    assert webhook_id("https://empresa.odoo.com", "empresa", 42) == "7770cd71-8a1d-5296-bf1d-205afa283501"


@pytest.mark.parametrize(
    "spelling", ["https://empresa.odoo.com/", "HTTPS://Empresa.Odoo.COM", " https://empresa.odoo.com:443//"]
)
def test_spellings_of_one_address_give_one_id(spelling: str) -> None:
    assert webhook_id(spelling, "empresa", 42) == webhook_id("https://empresa.odoo.com", "empresa", 42)


def test_anything_else_gives_another_id() -> None:
    url = "https://empresa.odoo.com"
    ids = {
        webhook_id(url, "empresa", 42),
        webhook_id(url, "Empresa", 42),
        webhook_id(url, "empresa", 43),
        webhook_id(url, "empresa", 42, revision=2),
        webhook_id(url, "empresa", 42, event="order.cancelled"),
        webhook_id("http://empresa.odoo.com", "empresa", 42),
        webhook_id("https://empresa.odoo.com:8443", "empresa", 42),
        webhook_id("https://empresa.odoo.com/b", "empresa", 42),
        webhook_id(url, "empresa4", 2),
    }
    assert len(ids) == 9
    assert {uuid.UUID(text).version for text in ids} == {5}
    assert not any("." in text for text in ids)


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://A.odoo.com/", "https://a.odoo.com"),
        ("http://127.0.0.1:8069", "http://127.0.0.1:8069"),
        ("http://[::1]:80/x/", "http://[::1]/x"),
        ("https://a.odoo.com./Path/?q=1", "https://a.odoo.com/Path"),
        ("https://a:99999", "https://a:99999"),
        ("https://[::1", "https://[::1"),
    ],
)
def test_addresses_have_one_spelling(url: str, normal: str) -> None:
    assert normal_url(url) == normal


def test_a_ping_says_what_it_is_and_whose() -> None:
    sent_at = datetime(2025, 1, 15, 7, 30, tzinfo=timezone(timedelta(hours=-3)))
    assert json.loads(ping_body("a1", "store", "client", sent_at)) == {
        "event": "test.ping",
        "source": {"platform": "ODOO", "connection_id": "a1", "store_id": "store", "client_id": "client"},
        "sent_at": "2025-01-15T10:30:00Z",
    }


def test_a_made_secret_is_a_uuid4_and_valid() -> None:
    secret = new_secret()
    assert uuid.UUID(secret).version == 4
    assert str(uuid.UUID(secret)) == secret
    assert valid_secret(secret) is None
    assert new_secret() != secret


@pytest.mark.parametrize(
    "text", ["x", "with space", "~!@#$%^&*()", "whsec_MfKQ9r8GKYqrTwjUPD8ILA", "whsec_AA==", "WHSEC_!"]
)
def test_any_printable_ascii_is_a_valid_secret(text: str) -> None:
    assert valid_secret(text) is None
    assert verify(sent(Secret(text)), BODY, Secret(text), AT) == "msg-1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must not be empty"),
        ("contraseña", "must be printable ASCII: letters, digits and signs, no accents and no line ends"),
        ("a\r\nX-Evil: 1", "must be printable ASCII: letters, digits and signs, no accents and no line ends"),
        ("a\0", "must be printable ASCII: letters, digits and signs, no accents and no line ends"),
        (" a", "must not begin or end with a space: receivers drop it from the header"),
        ("a ", "must not begin or end with a space: receivers drop it from the header"),
        ("a" * 1025, "must have at most 1024 characters"),
        ("whsec_", "what follows whsec_ must be base64"),
        ("whsec_a", "what follows whsec_ must be base64"),
        ("whsec_ab-_", "what follows whsec_ must be base64"),
        ("whsec_ab=c", "what follows whsec_ must be base64"),
    ],
)
def test_what_can_not_go_into_a_header_or_sign_is_no_secret(text: str, said: str) -> None:
    assert valid_secret(text) == said
