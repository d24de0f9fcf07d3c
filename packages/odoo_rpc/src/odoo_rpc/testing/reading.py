"""What comes back: `read` with its `[id, "display name"]` pairs, and the nested records of `web_read`.

Missing ids are left out, duplicate ids come twice, one hidden record fails the whole call, and a hidden record that another one
points to still shows its id and name there. All measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from odoo_rpc.testing.errors import OdooFault
from odoo_rpc.testing.moments import moment_text
from odoo_rpc.testing.search import search
from odoo_rpc.testing.table import Row

if TYPE_CHECKING:
    from odoo_rpc.testing.environment import Environment
    from odoo_rpc.testing.schema import Field

Record = dict[str, Any]
Value = Callable[[Row], Any]
_TO_MANY = ("one2many", "many2many")


def read(
    model: str, ids: Sequence[object], names: Sequence[str] | None, env: Environment, *, pairs: bool
) -> list[Record]:
    """Read records by id, in the order of the ids; many2one as pairs, or with `pairs=False` as bare ids.

    Raises:
        OdooFault: an unknown or forbidden field, a forbidden model or record.
    """
    env.check_model(model)
    values = _values(model, names, env, pairs=pairs)
    rows = _rows(model, ids, env)
    return [{name: value(row) for name, value in values} for row in rows]


def web_read(model: str, ids: Sequence[object], specification: Record, env: Environment) -> list[Record]:
    """Read records with the records they point to, as the web client of 17+ does.

    Raises:
        OdooFault: as `read`, for any of the models involved.
    """
    if set(specification) <= {"id"}:
        return [{"id": record_id} for record_id in ids]
    records = read(model, ids, list(specification), env, pairs=False)
    fields = env.database.schema[model].fields
    for name, wanted in specification.items():
        field = fields[name]
        if field.type == "many2one" and "fields" in wanted:
            _nest_one(records, field, wanted["fields"], env)
        elif field.type in _TO_MANY and wanted:
            _nest_many(records, field, wanted, env)
    return records


def visible_fields(model: str, env: Environment) -> list[str]:
    """Name the fields that this user may read."""
    return [name for name, field in env.database.schema[model].fields.items() if env.may_read(field)]


def _nest_one(records: list[Record], field: Field, wanted: Record, env: Environment) -> None:
    name = field.name
    others = dict(wanted)
    shown = others.pop("display_name", None) is not None
    nested = _by_id(field.relation, (record[name] for record in records if record[name]), others, env)
    if shown:
        for record_id, record in nested.items():
            record["display_name"] = env.database.display_name(field.relation, record_id)
    for record in records:
        if record[name]:
            record[name] = nested.get(record[name], False)


def _nest_many(records: list[Record], field: Field, wanted: Record, env: Environment) -> None:
    name, order, limit = field.name, wanted.get("order"), wanted.get("limit")
    if order:
        everything = [["id", "in", [key for record in records for key in record[name]]]]
        place = {key: index for index, key in enumerate(search(field.relation, everything, env, order))}
        for record in records:
            record[name] = sorted((key for key in record[name] if key in place), key=place.__getitem__)
    if "fields" in wanted:
        ids = (key for record in records for key in record[name][:limit])
        nested = _by_id(field.relation, ids, wanted["fields"], env)
        for record in records:
            record[name] = [nested.get(key) or {"id": key} for key in record[name]]


def _by_id(model: str, ids: Any, specification: Record, env: Environment) -> dict[int, Record]:
    return {record["id"]: record for record in web_read(model, list(dict.fromkeys(ids)), specification, env)}


def _rows(model: str, ids: Sequence[object], env: Environment) -> list[Row]:
    table, rule = env.database.tables[model].rows, env.rule(model)
    rows = []
    for key in ids:
        if not isinstance(key, int):
            raise OdooFault.database(
                "InvalidTextRepresentation", f'invalid input syntax for type integer: "{key}"\n'
            )
        row = table.get(key)
        if row is not None:
            rows.append(row)
    if rule is not None:
        hidden = [row for row in rows if not rule(row)]
        if hidden:
            raise env.unreadable(model, hidden)
    return rows


def _values(
    model: str, names: Sequence[str] | None, env: Environment, *, pairs: bool
) -> list[tuple[str, Value]]:
    """Give a function for each field that takes its value from a row; `id` always comes first."""
    fields = env.database.schema[model].fields
    wanted = names or visible_fields(model, env)
    values: list[tuple[str, Value]] = [("id", lambda row: row["id"])]
    for name in dict.fromkeys(wanted):
        field = fields.get(name)
        if field is None:
            raise unknown_field(model, name, env)
        env.check_field(model, field)
        if name != "id":
            values.append((name, _value(model, field, env, pairs=pairs)))
    return values


def unknown_field(model: str, name: object, env: Environment) -> OdooFault:
    """Word the refusal of a field that this version's model does not have."""
    of_model = f"{model!r}" if env.version >= 17 else f"model {model!r}"
    return OdooFault.value_error(f"Invalid field {name!r} on {of_model}")


def _value(model: str, field: Field, env: Environment, *, pairs: bool) -> Value:
    name, database = field.name, env.database
    if field.computed:
        return lambda row: database.computed(model, name, row, env)
    if field.type == "datetime":
        return lambda row: moment_text(row[name]) if row[name] is not False else False
    if field.type == "many2one" and pairs:
        shown = database.display_name
        return lambda row: [row[name], shown(field.relation, row[name])] if row[name] else False
    if field.type in _TO_MANY:
        return partial(_readable, name, field.relation, env)
    return lambda row: row[name]


def _readable(name: str, model: str, env: Environment, row: Row) -> list[int]:
    """Give the ids of a to-many field that the user may see; the hidden ones are left out without a word."""
    rule, table = env.rule(model), env.database.tables[model].rows
    return [key for key in row[name] if rule is None or (key in table and rule(table[key]))]
