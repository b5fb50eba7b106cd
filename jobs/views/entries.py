"""What somebody typed or pasted where web addresses belong: what can be asked, and what cannot with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from jobs import refusals
from jobs.web import addresses
from jobs.web.addresses import Address, RefusedAddressError, Rules

MOST = 100
SHOWN_MOST = 80


@dataclass(frozen=True, slots=True)
class Refused:
    """One that is given back, with the sentences that say why."""

    text: str
    words: str

    @property
    def shown(self) -> str:
        """As much of it as tells it apart."""
        return self.text if len(self.text) <= SHOWN_MOST else f"{self.text[:SHOWN_MOST]}…"


@dataclass(frozen=True, slots=True)
class Entry:
    """The addresses of one form."""

    found: tuple[Address, ...]
    refused: tuple[Refused, ...]

    @property
    def found_texts(self) -> list[str]:
        return [address.text for address in self.found]

    @property
    def refused_text(self) -> str:
        """What stays in the form, to be mended."""
        return "\n".join(refused.text for refused in self.refused)


def read(text: str, *, rules: Rules) -> Entry:
    """Sort out the first ``MOST``; whatever is beyond stays in the form."""
    found, refused = [], []
    parts = addresses.split(text)
    for part in parts[:MOST]:
        try:
            found.append(addresses.read(part, rules=rules))
        except RefusedAddressError as error:
            refused.append(Refused(part, refusals.explain(error.code)))
    too_many = refusals.explain(f"too_many_addresses:{MOST}")
    refused += (Refused(part, too_many) for part in parts[MOST:])
    return Entry(tuple(found), tuple(refused))
