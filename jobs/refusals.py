"""Why something was not taken: an entry of an archive, or what stands at an address. A code is stored, such as ``link``
or ``status:451``; the words, cause first, then the next step, are made where they are read."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WORDS = {
    # Of an archive as a whole
    "damaged_archive": gettext_lazy("Damaged archive. Ask for it again, or unpack it yourself."),
    "empty_archive": gettext_lazy("No document in it. Zip it again where it came from."),
    "too_many": gettext_lazy("Holds %(value)s entries, too many for one archive. Split it."),
    "gave_up": gettext_lazy("Tried too often without an end. Upload its documents one by one."),
    "closed": gettext_lazy("Its upload was launched or cleared meanwhile. Upload it again."),
    # Of one entry
    "encrypted": gettext_lazy("Encrypted. Ask the sender for an open copy."),
    "nested": gettext_lazy("An archive inside an archive. Unpack it first."),
    "outside": gettext_lazy("Its path leads out of the archive. Zip it again."),
    "link": gettext_lazy("A link and no document. Zip what it leads to."),
    "method": gettext_lazy("Packed in an unusual way. Zip it again with the usual settings."),
    "ratio": gettext_lazy("Grows too much when unpacked. Unpack it yourself if you trust it."),
    "total": gettext_lazy("The archive holds too much in all. Split it."),
    "damaged": gettext_lazy("Damaged in the archive. Ask the sender for it again."),
    # Of an address
    "scheme": gettext_lazy("Not a web address. It starts with http:// or https://."),
    "too_many_addresses": gettext_lazy("Beyond the first %(value)s. Send the form again for these."),
    "credentials": gettext_lazy("Holds a name and password. Download it yourself, then upload it."),
    "private": gettext_lazy("In a private network. Ask your operator to allow it."),
    "port": gettext_lazy("Port %(value)s is not allowed. Ask your operator to allow it."),
    "unknown_host": gettext_lazy("No server of that name. Look at its spelling."),
    "unreachable": gettext_lazy("The server does not answer. Try again later."),
    "untrusted": gettext_lazy("The server cannot prove who it is. Tell whoever runs it."),
    "timed_out": gettext_lazy("Took too long. Try again, or download it yourself."),
    "redirects": gettext_lazy("Passed on too often. Use the address it ends at."),
    "login": gettext_lazy("Asks for a login. Download it yourself, then upload it."),
    "not_there": gettext_lazy("Nothing at that address. Ask for a new one."),
    "status": gettext_lazy("The server refused with %(value)s. Look at the address in a browser."),
    "busy": gettext_lazy("The server has no time for it (%(value)s). Try again later."),
    "cut_short": gettext_lazy("The server broke off. Try again."),
    "too_large": gettext_lazy("Over %(value)s. Download it and split it."),
    # Of either
    "disk_full": gettext_lazy("The disk is full. Free some, then hand it in again."),
}


def explain(code: str) -> str:
    """The two sentences of a code; of one that nobody knows any more, that it was not taken."""
    name, _colon, value = code.partition(":")
    return str(WORDS[name]) % {"value": value} if name in WORDS else _("Not taken.")
