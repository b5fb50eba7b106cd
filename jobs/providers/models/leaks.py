"""Whether a model's explanation is one, or gives away what it was told.

The instructions are no secret; they stand in this repository. But a model that recites them does what a document told
it to, and what it recites explains nothing. A translation or a paraphrase is not recognised: nothing here depends on
that, for the explanation is only ever shown to a person, as text."""

from __future__ import annotations

import re
import unicodedata

_RUN = 32  # letters and digits in a row; no explanation shares so many with the instructions by chance
# Nobody explains in words this long; Base64 and its like do.
_CODE = re.compile(r"[A-Za-z0-9+/=_-]{60,}")


def gives_away(text: str, secrets: tuple[str, ...]) -> bool:
    """Whether ``text`` repeats a stretch of one of ``secrets``, spelled apart, backwards or in other dress, or holds
    what looks like code."""
    said = _letters(text)
    return bool(_CODE.search(text)) or any(
        _share_a_run(way, _letters(secret)) for secret in secrets for way in (said, said[::-1])
    )


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())


def _share_a_run(text: str, secret: str) -> bool:
    length = min(_RUN, len(secret))
    runs = {secret[start : start + length] for start in range(len(secret) - length + 1)}
    return bool(secret) and any(text[start : start + length] in runs for start in range(len(text) - length + 1))
