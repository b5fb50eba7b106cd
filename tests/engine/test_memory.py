"""What was decided about some documents, held against others. The texts are invented."""

from __future__ import annotations

import json
import pickle
import random

import pytest

from classifyhub.engine import Page, Reading
from classifyhub.engine.memory import Entry, Memory, Profile, make_profile, profile_reading
from classifyhub.engine.memory.profiles import hash_stem
from classifyhub.engine.model import Candidate
from classifyhub.engine.words import tokenize

# Words that papers of one kind share, and that no rule says anything of.
_KINDS = {
    "transfer sheet": "ledger branch teller yellow counterfoil remitter settlement beneficiary vault cashier",
    "gate pass": "vehicle warden barrier plate escort visitor turnstile convoy permit lorry sentry badge",
    None: "garden rose compost lawn shovel hedge tulip orchard beetle pond mulch trellis",
}
_EVERYDAY = "meeting morning colleague window corridor weather answer evening folder kitchen journey river"
TYPES = ("transfer sheet", "gate pass", "invoice")


def write(kind: str | None, seed: int) -> str:
    """A paper of a kind: most of the words of its kind, and some that stand anywhere."""
    rng = random.Random(seed)
    words = rng.sample(_KINDS[kind].split(), 8) * 2 + rng.sample(_EVERYDAY.split(), 5) + [f"Remark{seed}paper"]
    rng.shuffle(words)
    return " ".join(words)


def profile_of(text: str) -> Profile:
    return profile_reading(Reading("text/plain", 1, (Page(1, text, "layer"),)))


def scores(**known: float) -> tuple[Candidate, ...]:
    """What the rules say: little of anything, unless told."""
    return tuple(Candidate(name, known.get(name.replace(" ", "_"), 0.3)) for name in TYPES)


def entry(kind: str | None, seed: int, *, unaided: tuple[Candidate, ...] | None = None) -> Entry:
    return Entry(f"document-{seed}", f"{seed:064x}", kind, profile_of(write(kind, seed)), unaided or scores())


def decided(each: int = 4) -> Memory:
    kinds = list(_KINDS) * each
    return Memory.of(entry(kind, seed) for seed, kind in enumerate(kinds))


def judge(memory: Memory, kind: str | None, seed: int = 999):
    return memory.judge(profile_of(write(kind, seed)), scores())


class TestWhatItSays:
    def test_a_document_like_those_of_a_type_is_more_likely_of_that_type(self):
        found = judge(decided(), "gate pass")
        assert found.vote_for("gate pass").value > 1
        assert found.vote_for("transfer sheet").value < -1
        assert found.vote_for("gate pass").contribution.name == "Like documents decided as gate pass"

    def test_it_names_the_document_it_leans_on(self):
        twin = entry("gate pass", 500)
        vote = decided().remember(twin).judge(twin.profile, scores()).vote_for("gate pass")
        assert (vote.document, vote.towards) == ("document-500", "gate pass")
        assert vote.likeness > 0.6

    def test_a_document_like_those_that_fit_no_rule_is_less_likely_of_any_type(self):
        found = judge(decided(), None)
        assert all(vote.value < -1 and vote.towards is None for vote in found.votes)
        assert {vote.type for vote in found.votes} == set(TYPES)
        assert found.votes[0].contribution.name == "Like documents decided as no match"

    def test_a_document_like_none_of_them_is_left_to_the_rules(self):
        found = decided().judge(profile_of("zinc anode electrolyte current density plating bath rinse"), ())
        assert not found.votes

    def test_more_decisions_of_a_type_say_more(self):
        asked = profile_of("barrier plate sunshine " + " ".join(f"unheard{letter}" for letter in "abcdefghij"))
        alike = [
            Entry(f"d{seed}", f"{seed:064x}", "gate pass", profile_of(write("gate pass", 1)), ()) for seed in range(3)
        ]
        few, several = Memory.of(alike[:1]), Memory.of(alike)
        values = [memory.judge(asked, scores()).vote_for("gate pass").value for memory in (few, several)]
        assert 0 < values[0] < values[1] < 6

    def test_two_words_in_common_do_not_make_two_short_texts_alike(self):
        short = Memory.of([Entry("d", "0" * 64, "gate pass", profile_of("card payment fails"), scores())])
        found = short.judge(profile_of("card payment arrives"), scores())
        assert found.vote_for("gate pass").likeness < 0.3

    def test_a_document_is_not_judged_by_the_decision_about_itself(self):
        twin = entry("gate pass", 500)
        memory = decided().remember(twin)
        found = memory.about(twin.profile, document="document-500").judge(scores())
        assert found.decisions == len(memory.entries) - 1
        assert found.votes
        assert all(vote.document != "document-500" for vote in found.votes)
        assert memory.about(twin.profile).judge(scores()) == memory.judge(twin.profile, scores())

    def test_an_answer_leans_on_the_nearest_document_that_spoke_of_it(self):
        memory = decided()
        found = judge(memory, "gate pass")
        leaning = found.lean("gate pass")
        assert (leaning.decisions, leaning.type) == (12, "gate pass")
        assert leaning.document in {item.document for item in memory.entries if item.type == "gate pass"}
        assert judge(memory, None).lean(None).type is None
        assert Memory().judge(profile_of("x"), scores()).lean("gate pass").document == ""

    def test_an_empty_memory_says_nothing(self):
        found = Memory().judge(profile_of("anything"), scores())
        assert (found.decisions, found.votes, found.weight, found.recalibrate(1.5)) == (0, (), 0.0, 1.5)


class TestWhatItMaySay:
    def test_it_is_silent_where_the_rules_alone_were_right_more_often(self):
        kinds = ["gate pass", "transfer sheet"] * 6
        # Decided against the words: every other paper of a kind is called by the other's name, and the rules know.
        entries = [
            Entry(
                f"d{seed}",
                f"{seed:064x}",
                truth,
                profile_of(write(kinds[(seed // 2) % 2], seed)),
                scores(**{truth.replace(" ", "_"): 0.8}),
            )
            for seed, truth in enumerate(kinds)
        ]
        found = judge(Memory.of(entries), "gate pass")
        assert (found.weight, found.votes) == (0.0, ())
        assert found.decisions == len(kinds)

    def test_decisions_for_types_that_are_gone_are_passed_over(self):
        memory = decided()
        found = memory.judge(profile_of(write("gate pass", 7)), [Candidate("transfer sheet", 0.4)])
        assert found.decisions == 8  # of transfer sheets, and no matches that had the choice
        assert not any(vote.towards == "gate pass" for vote in found.votes)

    def test_a_no_match_says_nothing_of_a_type_that_came_later(self):
        found = decided().judge(profile_of(write(None, 7)), [*scores(), Candidate("flower order", 0.4)])
        assert found.decisions == 8

    def test_the_same_bytes_decided_twice_do_not_prove_that_it_helps(self):
        twins = [Entry(f"d{n}", "f" * 64, "gate pass", profile_of(write("gate pass", 1)), scores()) for n in range(2)]
        assert judge(Memory.of(twins), "gate pass").weight == judge(Memory.of(twins[:1]), "gate pass").weight


class TestHowSureItIs:
    @staticmethod
    def remember(count: int) -> Memory:
        """Rules that are always sure, of documents they are right about every other time."""
        sure = scores(gate_pass=0.97)
        blank = Profile(())
        return Memory.of(
            Entry(f"d{n}", f"{n:064x}", "gate pass" if n % 2 else "transfer sheet", blank, sure) for n in range(count)
        )

    def test_from_twenty_decisions_on_a_confidence_that_was_too_high_is_brought_down(self):
        found = self.remember(40).judge(Profile(()), scores(gate_pass=0.97))
        assert abs(found.recalibrate(3.5)) < 1

    def test_before_that_it_stays_as_it_is(self):
        assert self.remember(19).judge(Profile(()), scores()).recalibrate(3.5) == 3.5

    def test_one_that_is_right_already_stays_about_as_it_is(self):
        memory = Memory.of(entry("gate pass", n, unaided=scores(gate_pass=0.95)) for n in range(30))
        assert memory.judge(Profile(()), scores()).recalibrate(3.0) == pytest.approx(3.0, abs=3)


class TestForgetting:
    def test_a_forgotten_document_is_as_if_it_had_never_been_decided(self):
        before = decided()
        extra = entry("gate pass", 500)
        after = before.remember(extra)
        assert judge(after, "gate pass") != judge(before, "gate pass")
        assert after.forget("document-500") == before
        assert judge(after.forget("document-500"), "gate pass") == judge(before, "gate pass")

    def test_not_a_byte_of_it_is_left(self):
        extra = entry("gate pass", 500)
        mark = hash_stem(tokenize("Remark500paper")[0].stem)
        memory = decided().remember(extra)
        judge(memory, "gate pass")  # whatever is kept for the next question is kept by now
        assert mark in words_in(memory)
        assert extra.profile.to_json()["words"] in json.dumps(memory.to_json())
        left = memory.forget("document-500")
        assert mark not in words_in(left)
        for text in ("document-500", extra.sha256, extra.profile.to_json()["words"]):
            assert text not in json.dumps(left.to_json())
            assert text.encode() not in pickle.dumps(left)

    def test_what_was_found_out_with_its_help_is_found_out_anew(self):
        memory = decided().remember(entry("gate pass", 500))
        judge(memory, "gate pass")
        assert memory.remember(entry(None, 501))._fitted
        assert not memory.forget("document-500")._fitted

    def test_a_decision_that_is_changed_holds_as_changed(self):
        memory = decided().remember(entry(None, 500)).remember(entry("gate pass", 500))
        assert [item.type for item in memory.entries if item.document == "document-500"] == ["gate pass"]


class TestWhatIsKept:
    def test_a_word_of_the_document_cannot_be_read_from_its_profile(self):
        told = profile_of("counterfoil of Maria Quizzworth, account 4711")
        assert b"quizzworth" not in pickle.dumps(told)
        assert "quizzworth" not in json.dumps(told.to_json())

    def test_numbers_and_stop_words_are_left_out(self):
        assert profile_of("the 4711 of and") == Profile(())

    def test_only_the_commonest_words_of_a_long_text(self):
        counts = {f"word{n:04}x": 1 + n for n in range(500)}
        kept = dict(make_profile(counts).words)
        assert len(kept) == 200
        assert hash_stem("word0499x") in kept
        assert hash_stem("word0000x") not in kept

    def test_pages_without_text_say_nothing(self):
        assert profile_reading(Reading("image/png", 1, (Page(1, "", "none"),))) == Profile(())

    def test_learning_one_by_one_and_all_at_once_come_to_the_same(self):
        entries = [entry(kind, seed) for seed, kind in enumerate(list(_KINDS) * 9)]
        memory = Memory()
        for item in entries:
            memory = memory.remember(item)
            judge(memory, "gate pass")
        assert judge(memory, "gate pass") == judge(Memory.of(entries), "gate pass")

    def test_it_survives_json_and_pickle(self):
        memory = decided(1)
        assert Memory.from_json(json.loads(json.dumps(memory.to_json()))) == memory
        assert pickle.loads(pickle.dumps(memory)) == memory  # noqa: S301 - our own bytes
        found = judge(memory, "gate pass")
        assert type(found).from_json(json.loads(json.dumps(found.to_json()))) == found


def words_in(memory: Memory) -> set[int]:
    """Every hash anywhere in what a memory holds, also in what it has made ready."""
    made_ready = [word for asked in memory._asked.values() for word in asked.likeness._postings]
    return {word for item in memory.entries for word, _ in item.profile.words} | set(made_ready)
