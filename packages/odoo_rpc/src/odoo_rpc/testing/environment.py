"""Who is asking: the user's rights and the call's context, and what follows from them for reading and searching."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from odoo_rpc.testing.errors import OdooFault
from odoo_rpc.testing.schema import SALES_GROUPS, Field, Group, guarded
from odoo_rpc.testing.table import Row

if TYPE_CHECKING:
    from odoo_rpc.testing.database import Database

Rule = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class User:
    """A user as access rules see it: row id of `res.users`, login, name and groups."""

    uid: int
    login: str
    name: str
    groups: frozenset[str]

    @property
    def sees_only_own_orders(self) -> bool:
        """Say whether the rule "Personal Orders" holds: sales rights, but only for one's own documents."""
        return Group.SALES_OWN in self.groups and Group.SALES_ALL not in self.groups


class Environment:
    """One call's user and context over one database."""

    __slots__ = ("_rules", "companies", "context", "database", "user", "version")

    def __init__(self, database: Database, user: User, context: object) -> None:
        self.database = database
        self.version = database.version
        self.user = user
        self.context = _as_context(context)
        self.companies = self._allowed_companies()
        self._rules: dict[str, Rule | None] = {}

    @property
    def hides_archived(self) -> bool:
        """Say whether a search leaves archived records out (`active_test`, true unless the context says otherwise)."""
        return bool(self.context.get("active_test", True))

    def check_model(self, model: str, *, write: bool = False) -> None:
        """Refuse a user whose groups give no right to this model at all.

        Raises:
            OdooFault: `odoo.exceptions.AccessError`.
        """
        entry = self.database.schema[model]
        allowed = entry.write_groups if write else entry.read_groups
        if self.user.groups.isdisjoint(allowed) and Group.SYSTEM not in self.user.groups:
            listed = "".join(f"\n\t- {group}" for group in sorted(allowed))
            raise OdooFault.access_error(
                f"You are not allowed to access '{entry.label}' ({model}) records.\n\n"
                f"This operation is allowed for the following groups:{listed}\n\n"
                "Contact your administrator to request access if necessary."
            )

    def may_read(self, field: Field) -> bool:
        """Say whether the user's groups let it read this field; `fields_get` leaves the others out."""
        return not guarded(field, self.version) or not self.user.groups.isdisjoint(SALES_GROUPS)

    def check_field(self, model: str, field: Field) -> None:
        """Refuse a field that is kept for other groups.

        Raises:
            OdooFault: `odoo.exceptions.AccessError`; one such field fails the whole call.
        """
        if not self.may_read(field):
            label = self.database.schema[model].label
            raise OdooFault.access_error(
                f'You do not have enough rights to access the field "{field.name}" on {label} ({model}). '
                f"Please contact your system administrator.\n\nOperation: read\nUser: {self.user.uid}\n"
                "Groups: allowed for groups 'Sales / User: Own Documents Only'"
            )

    def rule(self, model: str) -> Rule | None:
        """Give the test that a row must pass for this user to see it; None where every row does."""
        if model not in self._rules:
            self._rules[model] = self._build_rule(model)
        return self._rules[model]

    def unreadable(self, model: str, rows: Collection[Row]) -> OdooFault:
        """Word the refusal of records that a rule hides; one of them fails the whole read."""
        label = self.database.schema[model].label
        if self.version >= 17:
            return OdooFault.access_error(
                "Uh-oh! Looks like you have stumbled upon some top-secret records.\n\n"
                f"Sorry, {self.user.name} (id={self.user.uid}) doesn't have 'read' access to:\n- {label} ({model})\n\n"
                "If you really, really need access, perhaps you can win over your friendly administrator with a batch "
                "of freshly baked cookies."
            )
        shown = ", ".join(
            f"{self.database.display_name(model, row['id'])} (id={row['id']})" for row in list(rows)[:6]
        )
        return OdooFault.access_error(
            f"Due to security restrictions, you are not allowed to access '{label}' ({model}) records.\n\n"
            f"Records: {shown}\nUser: {self.user.name} (id={self.user.uid})\n\n"
            "Contact your administrator to request access if necessary."
        )

    def _build_rule(self, model: str) -> Rule | None:
        tests: list[Rule] = []
        hidden = self.database.hidden_from(self.user.login, model)
        if hidden:
            tests.append(lambda row: row["id"] not in hidden)
        if model == "sale.order":
            if self.user.sees_only_own_orders:
                uid = self.user.uid
                tests.append(lambda row: row["user_id"] in (uid, False))
            if len(self.database.tables["res.company"].rows) > 1:
                companies = self.companies
                tests.append(lambda row: row["company_id"] in companies)
        elif model == "sale.order.line":
            order_rule, orders = self.rule("sale.order"), self.database.tables["sale.order"].rows
            if order_rule is not None:
                tests.append(lambda row: order_rule(orders[row["order_id"]]))
        match tests:
            case []:
                return None
            case [only]:
                return only
            case _:
                return lambda row: all(test(row) for test in tests)

    def _allowed_companies(self) -> frozenset[int]:
        own = frozenset(self.database.tables["res.users"].rows[self.user.uid]["company_ids"])
        asked = self.context.get("allowed_company_ids")
        if not isinstance(asked, list):
            return own
        if not own.issuperset(asked):
            raise OdooFault.access_error("Access to unauthorized or invalid companies.")
        return frozenset(asked) or own


def _as_context(context: object) -> Mapping[str, Any]:
    if not context:
        return {}
    if not isinstance(context, dict):
        raise OdooFault.type_error(f"{type(context).__name__!r} object is not iterable")
    return context
