"""Print how good the local engine is on a folder of labelled documents, and write the same as JSON.

Every figure about accuracy is cross-validated: the numbers the engine weighs with are fitted anew without the
documents of a source before those are judged. What the knowledge pack knows was written by hand and is the same
throughout."""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from classifyhub.bench.engine import fitting, packets, scores
from classifyhub.bench.engine.corpus import Corpus, Labelled, load_corpus, read_all, read_terse_rules
from classifyhub.bench.engine.scores import Said
from classifyhub.bench.engine.trials import Classifier, ask, draw_halves, fold_by_source, say
from classifyhub.engine import VERSION, Answer, Candidate, Reading, Rule, classify, compile_rules
from classifyhub.engine.classifying import THRESHOLD, find_all
from classifyhub.engine.scoring import judge, judge_no_match
from classifyhub.engine.weights import Weights
from classifyhub.engine.words import stems, worth

ROOT = Path(__file__).parents[3]
FIGURES: Mapping[str, Callable[[Sequence[Said]], float | None]] = {
    "accuracy": scores.accuracy,
    "top-1": scores.top1,
    "macro-F1": scores.macro_f1,
    "AUROC": scores.auroc,
    "null recall": scores.null_recall,
    "ECE": scores.ece,
    "ECE noise": scores.ece_noise,
    "Brier": scores.brier,
    "log-loss": scores.log_loss,
}

Readings = Mapping[Path, Reading]
Answers = dict[str, list[Said]]


def main() -> None:
    """Read, fit, judge, print, write."""
    parser = argparse.ArgumentParser(prog="python -m classifyhub.bench.engine", description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--cache", type=Path, default=ROOT / "var" / "bench-readings", metavar="FOLDER")
    parser.add_argument("--output", type=Path, default=ROOT / "bench-engine.json", metavar="FILE")
    options = parser.parse_args()
    corpus = load_corpus(options.corpus)
    paths = [*(document.path for document in corpus.documents), *corpus.packet_paths]
    started = time.monotonic()
    readings = read_all(paths, cache=options.cache)
    results: dict[str, Any] = {"engine": VERSION, "documents": len(corpus.documents), "read": len(readings)}
    results["reading, s (0 where it was kept)"] = round(time.monotonic() - started, 1)
    rows = {name: measure(said) for name, said in judge_all(corpus, readings).items()}
    rows["bm25, all rules"] = measure(ask(corpus.documents, readings, corpus.rules, match_words))
    results |= {
        "accuracy": rows,
        "packets": packets.measure(corpus, readings),
        "speed": time_classifying(corpus, readings),
    }
    options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(*lines(results), sep="\n")


def judge_all(corpus: Corpus, readings: Readings) -> Answers:
    """What the engine says of each document with weights fitted without its source, under several sets of rules."""
    readable = [document for document in corpus.documents if _has_text(readings, document)]
    cases = fitting.measure(readable, readings, corpus.rules)
    answers: Answers = {"all rules": [], "terse rules": [], "half of the rules": []}
    folds = []
    for fold in fold_by_source(corpus):
        rest = [row for row, document in enumerate(readable) if document not in fold]
        classifier = _classifier(fitting.fit(cases.take(rest)))
        folds.append(ask(fold, readings, corpus.rules, classifier))
        answers["all rules"] += folds[-1]
        answers["terse rules"] += ask(fold, readings, read_terse_rules(), classifier)
        for half in draw_halves(corpus.rules):
            answers["half of the rules"] += ask(fold, readings, half, classifier)
    scans = {document.path for document in corpus.documents if document.is_scan}
    order = [document for fold in fold_by_source(corpus) for document in fold]
    pairs = list(zip(order, answers["all rules"], strict=True))
    answers["all rules, text layer"] = [said for document, said in pairs if document.path not in scans]
    answers["all rules, scans"] = [said for document, said in pairs if document.path in scans]
    share, right = scores.straight_through(folds)
    print(f"straight through at 98 %: {_show(share)} of all documents, {_show(right)} of them right")
    return answers


def _has_text(readings: Readings, document: Labelled) -> bool:
    return document.path in readings and readings[document.path].has_text


def _classifier(weights: Weights) -> Classifier:
    """The engine with other weights."""

    def answer(reading: Reading, rules: Sequence[Rule]) -> Answer:
        if not reading.has_text:
            return Answer(None, None, "")
        ruleset = compile_rules(rules)
        verdicts = judge(find_all(reading, ruleset), ruleset, weights=weights)
        candidates = tuple(Candidate(verdict.label, verdict.probability) for verdict in verdicts)
        if verdicts[0].probability >= THRESHOLD:
            return Answer(verdicts[0].label, verdicts[0].probability, "", candidates)
        return Answer(None, judge_no_match(verdicts[0], weights=weights)[0], "", candidates)

    return answer


def match_words(reading: Reading, rules: Sequence[Rule]) -> Answer:
    """What plain word matching would say (BM25 over the words of the rules): the least an engine must beat."""
    counts = Counter(stem for page in reading.pages for stem in stems(page.text[:20_000]))
    words = [Counter(word for word in stems(f"{rule.type} {rule.description}") if worth(word)) for rule in rules]
    spread = Counter(word for own in words for word in own)
    found = [
        sum(math.log(1 + len(rules) / spread[word]) * counts[word] * 2.2 / (counts[word] + 1.2) for word in own)
        for own in words
    ]
    total = sum(found) or 1.0
    candidates = tuple(Candidate(rule.type, value / total) for rule, value in zip(rules, found, strict=True))
    best = max(candidates, key=lambda candidate: candidate.score)
    return Answer(best.type, best.score, "", candidates)


def measure(said: Sequence[Said]) -> dict[str, float | None]:
    """All figures of one trial, rounded."""
    found = {name: figure(said) for name, figure in FIGURES.items()}
    return {"documents": len(said)} | {
        name: None if value is None else round(value, 3) for name, value in found.items()
    }


def time_classifying(corpus: Corpus, readings: Readings) -> dict[str, float]:
    """How long it takes to classify what is read already, in this process."""
    ruleset = compile_rules(corpus.rules)
    found = [readings[document.path] for document in corpus.documents if document.path in readings]
    started = time.process_time()
    for reading in found:
        say(None, classify(reading, ruleset))
    seconds = time.process_time() - started
    pages = sum(len(reading.pages) for reading in found)
    return {"documents/s": round(len(found) / seconds, 1), "pages/s": round(pages / seconds, 1)}


def lines(results: Mapping[str, Any]) -> Iterator[str]:
    """The findings as a table for the terminal."""
    yield f"{results['engine']}: {results['read']} files read, {results['documents']} labelled documents"
    yield "  ".join(["".ljust(26), "documents", *(name.rjust(11) for name in FIGURES)])
    for name, row in results["accuracy"].items():
        yield "  ".join(
            [name.ljust(26), str(row["documents"]).rjust(9), *(_show(row[key]).rjust(11) for key in FIGURES)]
        )
    for part in ("packets", "speed"):
        yield f"{part}: " + ", ".join(f"{name} {value}" for name, value in results[part].items())


def _show(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
