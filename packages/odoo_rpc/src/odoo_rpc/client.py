"""The reads of Odoo, typed: `type=` names what an answer is decoded into, straight from its bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Generic, TypedDict, TypeVar, Unpack, cast, overload

import msgspec

from odoo_rpc.caller import Caller
from odoo_rpc.errors import NotOdoo, Unsupported
from odoo_rpc.session import WEB_SEARCH_READ_SINCE
from odoo_rpc.wire import as_uid as as_id

Record = dict[str, Any]
Domain = Sequence[Any]
T = TypeVar("T")

READ_CHUNK = 500
"""Ids in one `read`: a few kilobytes of request, and an answer well within the caps."""


class Window(TypedDict, total=False):
    """Which of a domain's records: `order` as `"id asc"`; `active_test=False` includes archived ones."""

    limit: int | None
    order: str | None
    offset: int
    active_test: bool


_WINDOW = frozenset(Window.__annotations__)


class Page(msgspec.Struct, Generic[T], frozen=True):
    """What `web_search_read` answers. `length`: how many records match in all (see `count_limit` there)."""

    length: int
    records: T


class OdooClient(Caller):
    """One user's way into one Odoo database, made by :func:`odoo_rpc.connect`.

    Every method may raise any :class:`OdooError`. `domain` is Odoo's own; write moments in it with `to_odoo`.
    `type` may be anything that msgspec decodes; an answer that doesn't fit it raises NotOdoo.
    """

    @overload
    async def search_read(
        self, model: str, domain: Domain, fields: Iterable[str], **window: Unpack[Window]
    ) -> list[Record]: ...
    @overload
    async def search_read(
        self, model: str, domain: Domain, fields: Iterable[str], *, type: type[T], **window: Unpack[Window]
    ) -> T: ...
    async def search_read(
        self,
        model: str,
        domain: Domain,
        fields: Iterable[str],
        *,
        type: Any = list[Record],  # noqa: A002 - msgspec's own word for it
        **window: Unpack[Window],
    ) -> Any:
        """The records of `domain` with `fields`, and `id` always."""
        kwargs = {"domain": domain, "fields": _names(fields), **_arguments(window)}
        return await self.call_raw(model, "search_read", kwargs=kwargs, type=type)

    @overload
    async def read(self, model: str, ids: Iterable[int], fields: Iterable[str]) -> list[Record]: ...
    @overload
    async def read(
        self, model: str, ids: Iterable[int], fields: Iterable[str], *, type: type[list[T]]
    ) -> list[T]: ...
    async def read(
        self,
        model: str,
        ids: Iterable[int],
        fields: Iterable[str],
        *,
        type: Any = list[Record],  # noqa: A002
    ) -> Any:
        """Those records, archived ones too: missing ones left out, repeated ones once, otherwise in the order of `ids`.

        One call for every 500 ids, none for no id. One unreadable record makes the whole read AccessForbidden.
        """
        once = list(dict.fromkeys(ids))
        kwargs = {"fields": _names(fields)}
        records: list[Any] = []
        for start in range(0, len(once), READ_CHUNK):
            records += await self.call_raw(
                model, "read", once[start : start + READ_CHUNK], kwargs=kwargs, type=type
            )
        return records

    async def search(self, model: str, domain: Domain, **window: Unpack[Window]) -> list[int]:
        """The ids of the records of `domain`."""
        kwargs = {"domain": domain, **_arguments(window)}
        return cast("list[int]", await self.call_raw(model, "search", kwargs=kwargs, type=list[int]))

    async def search_count(self, model: str, domain: Domain, *, active_test: bool = True) -> int:
        """How many records `domain` has."""
        kwargs = {"domain": domain, **_arguments({"active_test": active_test})}
        return cast("int", await self.call_raw(model, "search_count", kwargs=kwargs, type=int))

    @overload
    async def web_search_read(
        self,
        model: str,
        domain: Domain,
        specification: Mapping[str, Any],
        *,
        count_limit: int | None = None,
        **window: Unpack[Window],
    ) -> Page[list[Record]]: ...
    @overload
    async def web_search_read(
        self,
        model: str,
        domain: Domain,
        specification: Mapping[str, Any],
        *,
        type: type[T],
        count_limit: int | None = None,
        **window: Unpack[Window],
    ) -> Page[T]: ...
    async def web_search_read(
        self,
        model: str,
        domain: Domain,
        specification: Mapping[str, Any],
        *,
        type: Any = list[Record],  # noqa: A002
        count_limit: int | None = None,
        **window: Unpack[Window],
    ) -> Any:
        """The records of `domain` with everything that `specification` nests, in one call: the web client's own way.

        A specification is `{"name": {}, "partner_id": {"fields": {"name": {}}}}`. `type` is that of the records:
        a list's. With a full page Odoo counts all matches for `length`; `count_limit=1` spares it that, and `length`
        is then what the page holds. An unknown nested field is noticed only where a record leads to it (measured on
        19); one that the user may not read makes the whole page AccessForbidden.

        Unsupported before Odoo 17.
        """
        if self.version < WEB_SEARCH_READ_SINCE:
            raise Unsupported(
                f"Odoo {self.version[0]} has no web_search_read with a specification: read model by model"
            )
        kwargs = {"domain": domain, "specification": specification, **_arguments(window)}
        if count_limit is not None:
            kwargs["count_limit"] = count_limit
        return await self.call_raw(model, "web_search_read", kwargs=kwargs, type=Page[type])

    async def fields_get(
        self, model: str, attributes: Sequence[str] = ("type",), *, names: Sequence[str] = ()
    ) -> dict[str, Record]:
        """The model's fields that this user may read, by name, with those attributes; of `names` only, where given.

        Fields of a group that the user isn't in are left out (measured on 14 and 19); whether he may read the model
        at all makes no difference.
        """
        kwargs = {"allfields": list(names), "attributes": list(attributes)}
        return cast(
            "dict[str, Record]",
            await self.call_raw(model, "fields_get", kwargs=kwargs, type=dict[str, Record]),
        )

    async def available_fields(
        self, model: str, wanted: Iterable[str], *, refresh: bool = False
    ) -> list[str]:
        """Those of `wanted` that this Odoo has and this user may read, in their order.

        What was found is kept in the session, until the server's version changes, and asked for again with
        `refresh` (the user's rights or the installed apps changed). Call this only after UnknownModelOrField or
        AccessForbidden: a read of fields that are all there needs no question first.
        """
        wanted = list(wanted)
        known = self.session.known_fields(model, wanted)
        if refresh or known is None:
            known = await self._negotiated(model, wanted)
        return [name for name in wanted if name in known]

    async def _negotiated(self, model: str, wanted: list[str]) -> frozenset[str]:
        await self._channel.confirm_version(self._priority)
        names = list(dict.fromkeys([*self.session.asked_fields(model), *wanted]))
        found = await self.fields_get(model, names=names)
        self._channel.session = self.session.with_fields(model, names, found)
        return frozenset(found)

    async def walk(
        self, model: str, domain: Domain, fields: Iterable[str], *, page: int = 100, after_id: int = 0
    ) -> AsyncIterator[list[Record]]:
        """All records of `domain` with an id above `after_id`, by ascending id, `page` at a time, archived ones too.

        Safe while others write: what is confirmed meanwhile either has a higher id and comes, or was passed. Raises
        NotOdoo where the server doesn't keep to the order asked for, since then something could be missed.
        """
        names = _names(fields)
        while True:
            above = [*domain, ["id", ">", after_id]]
            records = await self.search_read(
                model, above, names, order="id asc", limit=page, active_test=False
            )
            for record in records:
                after_id = _next_id(model, record, after_id)
            if records:
                yield records
            if len(records) < page:
                return


def _names(fields: Iterable[str]) -> list[str]:
    # An empty list would mean every field to Odoo.
    return list(fields) or ["id"]


def _arguments(window: Window) -> dict[str, Any]:
    """What differs from Odoo's own defaults, as the arguments it knows. TypeError for a name that isn't a Window's."""
    if unknown := window.keys() - _WINDOW:
        raise TypeError(f"unexpected argument {min(unknown)!r}: a window has {', '.join(sorted(_WINDOW))}")
    arguments = {name: value for name in ("offset", "limit", "order") if (value := window.get(name))}
    if not window.get("active_test", True):
        arguments["context"] = {"active_test": False}
    return arguments


def _next_id(model: str, record: Record, after_id: int) -> int:
    number = as_id(record.get("id"))
    if number is None or number <= after_id:
        raise NotOdoo(
            f"{model}.search_read: records are not in the order of their ids, as they were asked for", 200
        )
    return number
