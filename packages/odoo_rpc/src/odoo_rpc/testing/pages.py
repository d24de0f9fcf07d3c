"""Answers as they leave the server: JSON, or the HTML pages that Odoo's web layer writes for what it can't route."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import msgspec

JSON_CHARSET_SINCE = 16
"""Until 15 JSON comes as `application/json`, later with `; charset=utf-8` (measured on 14 and 19)."""


@dataclass(slots=True)
class Answer:
    """One HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def json_answer(value: Any, version: int, status: int = 200) -> Answer:
    """Answer with JSON."""
    kind = "application/json" if version < JSON_CHARSET_SINCE else "application/json; charset=utf-8"
    return Answer(status, {"content-type": kind}, msgspec.json.encode(value))


def html_answer(status: int, title: str, text: str, *, bare: bool = False) -> Answer:
    """Answer with a page, or `bare` with the text alone, labelled as HTML all the same."""
    page = (
        f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n"
    )
    return Answer(status, {"content-type": "text/html; charset=utf-8"}, (text if bare else page).encode())


def not_json(body: bytes, version: int) -> Answer:
    """Answer a JSON-RPC body that is no JSON."""
    if version < JSON_CHARSET_SINCE:
        shown = html.escape(body.decode("utf-8", "replace"), quote=False)
        return html_answer(400, "Bad Request", f"Invalid JSON data: '{shown}'")
    return html_answer(400, "Bad Request", "Invalid JSON data", bare=True)


def not_an_object(version: int) -> Answer:
    """Answer a JSON-RPC body that is JSON, but no object."""
    if version < JSON_CHARSET_SINCE:
        return html_answer(500, "Internal Server Error", "The server encountered an internal error.")
    return html_answer(400, "Bad Request", "Invalid JSON-RPC data", bare=True)


def wrong_content_type(version: int) -> Answer:
    """Answer a request for a JSON address that does not say it is JSON."""
    if version < JSON_CHARSET_SINCE:
        return html_answer(400, "Bad Request", "Session expired (invalid CSRF token)")
    return html_answer(
        415, "Unsupported Media Type", "Please verify the Content-Type request header and try again."
    )


def not_found() -> Answer:
    """Answer an address that this server does not have."""
    return html_answer(404, "Not Found", "The requested URL was not found on the server.")


def no_database() -> Answer:
    """Answer JSON-2 where the database is unknown, or several are served and none was named."""
    return html_answer(
        404,
        "Not Found",
        "No database is selected and the requested URL was not found in the server-wide controllers.",
    )
