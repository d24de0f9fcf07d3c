"""Creating and editing a connection: every field is judged as it is typed, and nothing is stored before it is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input, Static

from odoo_poller_tui.backend import Draft, Runs, TestStep
from odoo_poller_tui.cells import say
from odoo_poller_tui.fields import FIELDS, SECTIONS, Field, changed, fresh, stored
from odoo_poller_tui.i18n import _, explain
from odoo_poller_tui.screens.base import Dialog
from odoo_poller_tui.screens.connection_test import TestScreen
from odoo_poller_tui.widgets.keys_bar import KeysBar
from odoo_poller_tui.widgets.line import Line
from poller_core.display import display_safe
from poller_core.errors import BadInput, PollerError
from poller_core.model import Connection


class FormRow(Container):
    """Label, field, and beside or below it why its value can't be accepted, or what it is for."""

    def __init__(self, field: Field, value: str, hint: str) -> None:
        super().__init__(id=f"row-{field.name}", classes="row")
        self.field = field
        self._value = value
        self._hint = hint

    def compose(self) -> ComposeResult:
        """Label and field in one line, the word about it in the next."""
        with Horizontal(classes="pair"):
            yield Static(say(_(self.field.label)), classes="label")
            yield Line(self._value, limit=self.field.limit, password=self.field.secret, id=self.field.name)
        yield Static(say(self._hint, "dim"), classes="word")

    def on_descendant_focus(self) -> None:
        """The field is typed into."""
        self.add_class("-here")

    def on_descendant_blur(self) -> None:
        """It is left."""
        self.remove_class("-here")

    def judge(self, reason: str) -> None:
        """Show why the value can't be accepted, or the hint again."""
        self.set_class(bool(reason), "-wrong")
        word = say(f"✗ {reason}", "bad") if reason else say(self._hint, "dim")
        self.query_one(".word", Static).update(word)


UNTESTED = ("name", "store_id", "client_id")
"""What a test does without."""


class ConnectionForm(Dialog[str | None]):
    """Answers with the id of what was stored, or None where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", priority=True),
        Binding("ctrl+r", "test", "Test", priority=True),
        Binding("ctrl+g", "generate", "New secret", priority=True),
        Binding("f2", "reveal", "Show secrets", priority=True),
        Binding("f3", "copy_secret", "Copy secret", priority=True),
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
        Binding("escape", "leave", "Cancel", key_display="esc"),
    ]

    def __init__(self, connection: Connection | None, default_webhook_url: str, new_secret: str) -> None:
        super().__init__()
        self._connection = connection
        values = stored(connection) if connection else fresh(default_webhook_url, new_secret)
        # A stored value may hold what no keyboard types: it is shown harmless, and only a changed field is stored.
        self._before = {name: display_safe(value) for name, value in values.items()}
        self._reasons: dict[str, str] = {}
        self._judged: dict[str, int] = {}
        self._saving = False

    def compose(self) -> ComposeResult:
        """The sections, then what can be done."""
        with Vertical(id="window"):
            with VerticalScroll(id="form", can_focus=False):
                for title, fields in SECTIONS:
                    yield Static(say(_(title)), classes="section")
                    for field in fields:
                        yield FormRow(field, self._before[field.name], self._hint(field))
            with Horizontal(id="buttons"):
                yield Button(say(_("Save")), variant="primary", id="save")
                yield Button(say(_("Test")), id="test")
                yield Button(say(_("Cancel")), id="cancel")
                yield Static("", id="complaint")
        yield KeysBar()

    def on_mount(self) -> None:
        """Name it; begin at the first field."""
        title = f"{_('Edit')} {self._connection.name}" if self._connection else _("New connection")
        self.query_one("#window").border_title = say(title)
        self.query_one("#name", Line).focus()

    @property
    def values(self) -> Mapping[str, str]:
        """What the fields hold now."""
        return {field.name: self.query_one(f"#{field.name}", Line).value.strip() for field in FIELDS}

    def action_save(self) -> None:
        """Store it, if every field is right."""
        if not self._saving:
            self._saving = True
            self._save()

    @work
    async def action_test(self) -> None:
        """Try what is typed, if what the test needs is right; nothing is stored."""
        if await self._judged_right([name for name in self.values if name not in UNTESTED]):
            draft, connection_id = Draft(self.values), self._connection.id if self._connection else ""
            title = self.values["name"] or self.values["odoo_url"]

            def test(runs: Runs, told: Callable[[TestStep], None]) -> None:
                runs.test_draft(draft, connection_id, told)

            self.app.push_screen(TestScreen(title, test))

    def action_generate(self) -> None:
        """Put a new webhook secret in."""
        line = self.query_one("#webhook_secret", Line)
        line.value = self.poller_app.new_secret()
        line.focus()

    def action_reveal(self) -> None:
        """Show what is typed as secrets, or hide it again."""
        lines = [self.query_one(f"#{field.name}", Line) for field in FIELDS if field.secret]
        hidden = lines[0].password
        for line in lines:
            line.password = not hidden

    def action_copy_secret(self) -> None:
        """Copy the webhook secret, to take it to StockMaster."""
        secret = self.query_one("#webhook_secret", Line).value
        if secret:
            self.app.copy_to_clipboard(secret)
            self.poller_app.tell(_("The webhook secret was copied"))
        else:
            self.poller_app.tell(_("The stored secret is never shown: ctrl+g makes a new one"), bad=True)

    @work
    async def action_leave(self) -> None:
        """Leave; ask first where something was typed."""
        from odoo_poller_tui.cells import plain
        from odoo_poller_tui.screens.confirm import AskScreen, Way

        if changed(self._before, self.values):
            question = plain(_("What you typed is not saved."))
            way = Way("leave", _("Leave without saving"), grave=True)
            if await self.app.push_screen_wait(AskScreen(_("Leave the form?"), question, [way])) is None:
                return
        self.dismiss(None)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        match event.button.id:
            case "save":
                self.action_save()
            case "test":
                self.action_test()
            case _:
                self.action_leave()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        name = event.input.id or ""
        if name not in self._judged and event.value == self._before[name]:
            return
        self._judged[name] = self._judged.get(name, 0) + 1
        self._judge(name, event.value.strip(), self._judged[name])

    @work
    async def _judge(self, name: str, value: str, turn: int) -> None:
        """Show what is wrong with the field as it is now; an answer about what it was before is dropped."""
        reason = await self._reason(name, value)
        if self._judged.get(name) == turn:
            self._say(name, reason)

    @work
    async def _save(self) -> None:
        try:
            if await self._judged_right(list(self.values)):
                await self._store()
        finally:
            self._saving = False

    async def _judged_right(self, names: Sequence[str]) -> bool:
        """Whether all of these can be accepted; goes to the first that can't."""
        for name in names:
            self._say(name, await self._reason(name, self.values[name]))
        wrong = [name for name in names if self._reasons[name]]
        if wrong:
            self.query_one(f"#{wrong[0]}").focus()
        return not wrong

    async def _store(self) -> None:
        values, connection = self.values, self._connection
        changes = changed(self._before, values)
        link = self.poller_app.link
        try:
            if connection is None:
                connection_id = await link.write(lambda writes: writes.add(Draft(values)))
            else:
                connection_id = connection.id
                if changes:
                    await link.write(lambda writes: writes.edit(connection_id, changes))
        except BadInput as error:
            self._complain(explain(error), error.field)
        except PollerError as error:
            self._complain(explain(error), "")
        else:
            self.dismiss(connection_id)

    async def _reason(self, name: str, value: str) -> str:
        unchanged = self._connection is not None and value == self._before[name]
        if unchanged:
            return ""
        try:
            reason = await self.poller_app.link.write(lambda writes: writes.validate(name, value))
        except PollerError as error:
            return explain(error)
        return _(reason) if reason else ""

    def _complain(self, reason: str, name: str) -> None:
        if name in self.values:
            self._say(name, reason)
            self.query_one(f"#{name}").focus()
        else:
            self.query_one("#complaint", Static).update(say(f"✗ {reason}", "bad"))

    def _say(self, name: str, reason: str) -> None:
        self._reasons[name] = reason
        self.query_one(f"#row-{name}", FormRow).judge(reason)
        wrong = sum(1 for known in self._reasons.values() if known)
        self.query_one("#complaint", Static).update(say(f"✗ {wrong}" if wrong else "", "bad"))

    def _hint(self, field: Field) -> str:
        if field.secret and self._connection is not None:
            return _("empty: stays as it is")
        return _(field.hint)
