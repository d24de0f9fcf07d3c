"""What goes wrong inside Odoo, by the very exception names that travel over the wire.

A client must classify by name and HTTP status, so those are exact (recorded on 14.0 and 19.0). Messages follow the recorded
ones closely enough to read; they are in the user's language on a real server and mean nothing.
"""

from __future__ import annotations

JSON2_STATUS = {
    "odoo.exceptions.AccessError": 403,
    "odoo.exceptions.MissingError": 404,
    "odoo.exceptions.UserError": 422,
    "odoo.exceptions.ValidationError": 422,
    "werkzeug.exceptions.BadRequest": 400,
    "werkzeug.exceptions.NotFound": 404,
    "werkzeug.exceptions.Unauthorized": 401,
    "werkzeug.exceptions.UnprocessableEntity": 422,
}


class OdooFault(Exception):
    """A failed call: the server rolls the transaction back and answers with `name` and `message`."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status JSON-2 answers with (JSON-RPC always says 200)."""
        return JSON2_STATUS.get(self.name, 500)

    @property
    def arguments(self) -> list[object]:
        """The exception's arguments; werkzeug's carry their status too."""
        return [self.message, self.status] if self.name.startswith("werkzeug.") else [self.message]

    @classmethod
    def value_error(cls, message: str) -> OdooFault:
        """Build what a wrong value or an unknown field gives: `builtins.ValueError`."""
        return cls("builtins.ValueError", message)

    @classmethod
    def type_error(cls, message: str) -> OdooFault:
        """Build what a wrong argument gives: `builtins.TypeError`."""
        return cls("builtins.TypeError", message)

    @classmethod
    def user_error(cls, message: str) -> OdooFault:
        """Build what the business rules refuse: `odoo.exceptions.UserError`."""
        return cls("odoo.exceptions.UserError", message)

    @classmethod
    def validation_error(cls, message: str) -> OdooFault:
        """Build what a constraint refuses: `odoo.exceptions.ValidationError`."""
        return cls("odoo.exceptions.ValidationError", message)

    @classmethod
    def access_error(cls, message: str) -> OdooFault:
        """Build what the user may not do: `odoo.exceptions.AccessError`."""
        return cls("odoo.exceptions.AccessError", message)

    @classmethod
    def access_denied(cls) -> OdooFault:
        """Build what a wrong key on `execute_kw` gives: `odoo.exceptions.AccessDenied`."""
        return cls("odoo.exceptions.AccessDenied", "Access Denied")

    @classmethod
    def missing(cls, model: str, record_id: int, uid: int) -> OdooFault:
        """Build what a write on a deleted record gives: `odoo.exceptions.MissingError`."""
        return cls(
            "odoo.exceptions.MissingError",
            f"Record does not exist or has been deleted.\n(Record: {model}({record_id},), User: {uid})",
        )

    @classmethod
    def database(cls, kind: str, message: str) -> OdooFault:
        """Build what PostgreSQL refuses: `psycopg2.errors.<kind>`."""
        return cls(f"psycopg2.errors.{kind}", message)

    @classmethod
    def http(cls, kind: str, message: str) -> OdooFault:
        """Build what the web layer refuses: `werkzeug.exceptions.<kind>`."""
        return cls(f"werkzeug.exceptions.{kind}", message)


class RowLocked(Exception):
    """An open transaction holds that record: commit it or roll it back first.

    A real Odoo would wait for the lock and then fail with a serialization error, which is what callers over RPC see.
    """
