"""The forms of a page, as a browser without scripts sees and sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Form:
    """One form: where it goes, what it sends by itself, and its buttons as ``(name, value)``."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def send(self, client: Any, *, button: tuple[str, str] | None = None, **changes: str) -> Any:
        """Press ``button``, or the one without a name; the page it leads to, see ``follow``."""
        if button is not None:
            assert button in self.buttons, self.buttons
        data = self.fields | changes | (dict([button]) if button else {})
        send = client.post if self.method == "post" else client.get
        return follow(client, send(self.action, data))


def follow(client: Any, response: Any) -> Any:
    """The page that a redirect leads to, with ``places``: every address on the way. The test client's own ``follow``
    does not know 303, which is what a form is answered with."""
    places = []
    while response.status_code in {302, 303}:
        places.append(response["Location"])
        response = client.get(response["Location"])
    response.places = places
    return response


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.open: Form | None = None
        self.select: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self.open)
        elif self.open is not None:
            self._inside(self.open, tag, given)

    def _inside(self, form: Form, tag: str, given: dict[str, str]) -> None:
        if tag == "input" and given.get("name") and (given.get("type") != "radio" or "checked" in given):
            form.fields[given["name"]] = given.get("value", "")
        elif tag == "button" and given.get("type", "submit") == "submit":
            form.buttons.append((given.get("name", ""), given.get("value", "")))
        elif tag == "select":
            self.select = given.get("name")
        elif tag == "option" and self.select and ("selected" in given or self.select not in form.fields):
            form.fields[self.select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = None


def forms_of(response: Any) -> list[Form]:
    """All forms of a page, in their order."""
    reader = _Reader()
    reader.feed(response.content.decode())
    return reader.forms


def form_to(response: Any, address: str) -> Form:
    """The first form of a page that goes to ``address``."""
    found = next((form for form in forms_of(response) if form.action == address), None)
    assert found is not None, [form.action for form in forms_of(response)]
    return found
