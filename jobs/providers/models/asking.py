"""One document put to one model: shown as far as it fits, asked for once, repaired once, and answered in our words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifyhub.engine.model import Answer, Candidate, Reading, Rule
from classifyhub.engine.reasoning import list_pages
from jobs.providers.answers import bounded
from jobs.providers.base import ContractBrokenError, Reply
from jobs.providers.models.chat import Chat, Completion, TooLongError
from jobs.providers.models.excerpt import Excerpt, choose
from jobs.providers.models.leaks import gives_away
from jobs.providers.models.parsing import Said, UnusableAnswerError, parse_answer
from jobs.providers.models.prompt import INSTRUCTIONS, Picture, ask, ask_again, new_boundary
from jobs.providers.models.quotes import Checked, check_quotes
from jobs.providers.models.schema import Labels, labels_for, response_format

ENGINE = "openai_compatible"
SMALLEST_EXCERPT = 1_500  # bytes
_MOST_SIZES = 4  # each half of the one before
_LONGEST_REPEATED = 4_000  # characters of an unusable answer, shown to the model again


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a document the model is asked about, and between which lines it stands."""

    reading: Reading
    rules: tuple[Rule, ...]
    labels: Labels
    boundary: str
    excerpt: Excerpt
    pictures: tuple[Picture, ...] = ()

    @property
    def not_read(self) -> tuple[int, ...]:
        """Pages that were not read here, or left out for the model, and not shown as a picture either."""
        left_out = {*self.reading.pages_not_read, *self.excerpt.left_out}
        return tuple(sorted(left_out - {picture.page for picture in self.pictures}))


def ask_about(
    reading: Reading, rules: tuple[Rule, ...], pictures: tuple[Picture, ...], *, chat: Chat, size: int
) -> Reply:
    """What the model behind ``chat`` says of a document, of which ``size`` bytes are shown, or half of that and half of
    its pictures each time the model finds it too long. Raises ``ProviderError``."""
    labels, boundary = labels_for(rules), new_boundary()
    least = 0 if reading.has_text else 1
    for _size in range(_MOST_SIZES):
        shown = Shown(reading, rules, labels, boundary, choose(reading, size=size), pictures)
        try:
            return _ask(shown, chat)
        except TooLongError as error:
            refusal, size = error, max(size // 2, SMALLEST_EXCERPT)
            if not pictures:  # else it may have been those
                chat.note_size(size)
            pictures = pictures[: max(len(pictures) // 2, least)]
    raise refusal


def _ask(shown: Shown, chat: Chat) -> Reply:
    """Ask, and once more where the answer cannot be used."""
    messages = ask(shown.rules, shown.labels, shown.excerpt, shown.pictures, boundary=shown.boundary)
    shape = response_format(shown.labels)
    first = chat.complete(messages, response_format=shape)
    try:
        return _reply(_parse(first, shown.labels), shown, [first])
    except UnusableAnswerError as error:
        again = ask_again(messages, said=first.content[:_LONGEST_REPEATED], problem=str(error))
    second = chat.complete(again, response_format=shape)
    try:
        return _reply(_parse(second, shown.labels), shown, [first, second])
    except UnusableAnswerError as error:
        said = f"The model gave no answer that can be used, asked twice: {error}"
        raise ContractBrokenError(said, reason="contract_broken", vendor_request_id=second.request_id) from error


def _parse(completion: Completion, labels: Labels) -> Said:
    try:
        return parse_answer(completion.content, labels)
    except UnusableAnswerError:
        if completion.was_cut:
            raise UnusableAnswerError("it ran out of room before its end. Be brief.") from None
        raise


def _reply(said: Said, shown: Shown, calls: Sequence[Completion]) -> Reply:
    """The answer as it is kept. Nothing that the model wrote goes into ``raw`` unchecked."""
    checked = check_quotes(said.quotes, {page.number: page for page in shown.reading.pages})
    last = calls[-1]
    answer = Answer(
        type=said.type,
        confidence=said.confidence,  # what the model says of itself: calibrated by nobody
        reasoning=" ".join(_explain(said, checked, shown)),
        candidates=() if said.type is None else (Candidate(said.type, said.confidence),),
        evidence=checked.evidence,
        pages_not_read=shown.not_read,
        has_text=shown.reading.has_text,
        engine=f"{ENGINE}/{last.model}" if last.model else ENGINE,
    )
    return Reply(
        answer=answer,
        pages_read=shown.reading.page_count - len(shown.not_read),
        vendor_request_id=last.request_id,
        raw=bounded({"calls": [call.to_json() for call in calls]}),
    )


def _explain(said: Said, checked: Checked, shown: Shown) -> Iterator[str]:
    """The model's explanation, unless it gives away what it was told; then what the desk has to say of it."""
    if gives_away(said.reasoning, (INSTRUCTIONS, shown.boundary)):
        yield "The model's explanation is left out: it recites what the model was told."
    elif said.reasoning:
        yield said.reasoning
    if checked.dropped == 1:
        yield "A quote of the model's does not stand on the page it names and was dropped."
    elif checked.dropped:
        yield f"{checked.dropped} quotes of the model's do not stand on the pages it names and were dropped."
    if shown.not_read:
        yield f"Not shown to the model: {_say_pages(shown.not_read)}."
    if shown.excerpt.shortened:
        yield f"Shown only with beginning and end: {_say_pages(shown.excerpt.shortened)}."


def _say_pages(numbers: Sequence[int]) -> str:
    return f"{'page' if len(numbers) == 1 else 'pages'} {list_pages(numbers)}"
