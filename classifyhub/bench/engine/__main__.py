"""Print how good the local engine is on a folder of labelled documents, and write the same as JSON.

Every figure about accuracy is cross-validated: the numbers the engine weighs with are fitted anew without the
documents of a source before those are judged. What the knowledge pack knows was written by hand and is the same
throughout."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from classifyhub.bench.engine import aims, packets, scores, speed, table, texts
from classifyhub.bench.engine.answers import write_answers
from classifyhub.bench.engine.corpus import Corpus, load_corpus, read_all
from classifyhub.bench.engine.judging import Fold, Readings, Trial, fit_folds, has_text, judge_all, make_learner
from classifyhub.bench.engine.learning import draw_curve
from classifyhub.bench.engine.slices import list_types, slice_by_language, slice_by_text
from classifyhub.engine import VERSION
from classifyhub.engine.embedding import Place, use_encoder

ROOT = Path(__file__).parents[3]


def main(arguments: Sequence[str] | None = None) -> None:
    """Read, fit, judge, print, write."""
    options = _parse(arguments)
    corpus = load_corpus(options.corpus)
    place = Place(options.models, options.encoder, waits=True)
    use_encoder(lambda: place)
    paths = [*(document.path for document in corpus.documents), *corpus.packet_paths]
    readings = read_all(paths, cache=options.cache)
    results: dict[str, Any] = {"engine": VERSION, "documents": len(corpus.documents), "files read": len(readings)}
    folds = fit_folds(corpus, readings, count=options.folds)
    trials = judge_all(corpus, readings, folds)
    results |= measure_accuracy(trials, readings)
    results |= {
        "learning": measure_learning(corpus, readings, folds),
        "packets": packets.measure(corpus, readings),
        "texts": {path.stem: texts.measure(path) for path in options.texts or _find_texts(corpus)},
        "speed": speed.measure(corpus, readings, place=place, repeats=options.repeats),
    }
    results["aims"] = list(aims.compare(results))
    options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if options.answers:
        write_answers(options.answers, trials["all rules"], corpus, readings)
    print(*table.lines(results), sep="\n")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m classifyhub.bench.engine", description=__doc__)
    parser.add_argument("corpus", type=Path, help="folder with labels.csv and rules.json")
    parser.add_argument("--cache", type=Path, default=ROOT / "var" / "bench-readings", metavar="FOLDER")
    parser.add_argument("--output", type=Path, default=ROOT / "bench-engine.json", metavar="FILE")
    parser.add_argument(
        "--folds", type=int, default=5, metavar="NUMBER", help="2 or more; each is judged by the others"
    )
    parser.add_argument(
        "--repeats", type=int, default=3, metavar="NUMBER", help="of which the fastest stands for the speed"
    )
    parser.add_argument("--answers", type=Path, metavar="FILE", help="write the answers too, as JSON lines")
    parser.add_argument(
        "--models",
        type=Path,
        default=ROOT / "var" / "models",
        metavar="FOLDER",
        help="where the sentence encoder is kept",
    )
    parser.add_argument(
        "--encoder", default="", metavar="NAME", help="another one than comes with the engine, or off for none"
    )
    parser.add_argument(
        "--texts",
        type=Path,
        action="append",
        metavar="FILE",
        help="CSV with the columns text and label; again for more (default: all in the folder text of the corpus)",
    )
    return parser.parse_args(arguments)


def _find_texts(corpus: Corpus) -> list[Path]:
    return sorted((corpus.folder / "text").glob("*.csv"))


def measure_accuracy(trials: dict[str, Trial], readings: Readings) -> dict[str, Any]:
    """A row for each trial, and of the one with all rules a row for each slice and type."""
    whole = trials["all rules"]
    slices = slice_by_text(whole, readings) | slice_by_language(whole, readings)
    return {
        "accuracy": {
            name: scores.measure_folds([[said for _, said in fold] for fold in trial]) for name, trial in trials.items()
        },
        "slices": {name: scores.measure(found) for name, found in slices.items() if found},
        "types": list_types(said for fold in whole for _, said in fold),
    }


def measure_learning(corpus: Corpus, readings: Readings, folds: Sequence[Fold]) -> dict[str, Any]:
    """By the number of decisions for each type."""
    documents = [document for document in corpus.documents if has_text(readings, document)]
    points = draw_curve(documents, readings, make_learner(folds, readings, corpus.rules))
    return {
        str(point.decisions): {name.replace("_brier", " Brier"): value for name, value in asdict(point).items()}
        for point in points
    }


if __name__ == "__main__":
    main()
