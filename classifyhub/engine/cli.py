"""Classify files from a terminal: one JSON object per line, in the order of the files named.

Shared by ``python -m classifyhub.engine``, which needs nothing else, and ``manage.py classify``, which also knows the
presets of the desk."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, Self

from classifyhub.engine.classifying import classify
from classifyhub.engine.embedding import Place, use_encoder
from classifyhub.engine.model import Answer, PageAnswer, ReadError
from classifyhub.engine.pageranges import parse_pages
from classifyhub.engine.rules import compile_rules
from classifyhub.engine.rulesfile import MODES, Configuration, RulesFileError, load_rules
from classifyhub.engine.sandbox import Sandbox
from classifyhub.engine.sniffing import sniff

FAILED, UNUSABLE = 1, 2
_BAR = 24
_MOST_JOBS = 64


class Arguments(Protocol):
    """What argparse gives."""

    files: list[str]
    pages: bool
    max_pages: int | None
    target_pages: str | None
    mode: str | None
    jobs: int


class Output(Protocol):
    """A stream, or Django's wrapper around one."""

    def write(self, text: str, /) -> Any: ...
    def flush(self) -> None: ...
    def isatty(self) -> bool: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """All options but where the rules come from."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE|FOLDER", help="folders are searched through, in order of name"
    )
    parser.add_argument("--pages", action="store_true", help="tell the pages and documents of each file, too")
    parser.add_argument("--max-pages", type=_count, metavar="N", help="read at most N pages of a document")
    parser.add_argument("--target-pages", type=_page_ranges, metavar="S", help="read only these pages, such as 1,3,5-7")
    parser.add_argument("--mode", choices=MODES, help="how much of a document is looked at (default FAST)")
    parser.add_argument("--jobs", type=_count, default=1, metavar="N", help="read N documents at the same time")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number from 1.")
    return int(text)


def _page_ranges(text: str) -> str:
    try:
        parse_pages(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0; 1 when a file could not be read; 2 when the rules cannot be used."""
    parser = argparse.ArgumentParser(prog=_tell_program(), description=__doc__.partition("\n")[0])
    parser.add_argument("--rules", required=True, metavar="FILE", help="JSON: an array of rules, or a configuration")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="where the sentence encoder is kept, if anywhere")
    add_arguments(parser)
    options = parser.parse_args(arguments, namespace=argparse.Namespace())
    if options.models:
        use_encoder(lambda: Place(options.models, waits=True))
    try:
        configuration = load_rules(options.rules)
    except RulesFileError as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE
    return run(options, configuration, out=sys.stdout, err=sys.stderr)


def _tell_program() -> str:
    name = Path(sys.argv[0]).name
    return f"{name} classify" if name == "manage.py" else "python -m classifyhub.engine"


def run(options: Arguments, configuration: Configuration, *, out: Output, err: Output) -> int:
    """Classify every file named in ``options``, write a line for each to ``out`` and progress to ``err`` when that is a
    terminal. Gives the exit status."""
    try:
        failed = _classify_all(options, _override(configuration, options), out=out, err=err)
    except BrokenPipeError:  # whoever read our lines has gone (``| head``); nothing is left to say, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return FAILED if failed else 0


def _classify_all(options: Arguments, configuration: Configuration, *, out: Output, err: Output) -> int:
    """Write all lines; gives how many of them hold an error."""
    paths = list(find_files(options.files))
    failed = 0
    with ExitStack() as stack:
        worker = stack.enter_context(_Worker(configuration, with_pages=options.pages))
        pool = stack.enter_context(ThreadPoolExecutor(min(options.jobs, _MOST_JOBS)))
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        for done, record in enumerate(pool.map(worker.classify, paths), start=1):
            failed += record["error"] is not None
            _clear_progress(err)
            out.write(json.dumps(record) + "\n")
            out.flush()
            _show_progress(err, done, len(paths))
    return failed


def _override(configuration: Configuration, options: Arguments) -> Configuration:
    """What stands on the command line goes before what came with the rules."""
    return replace(
        configuration,
        mode=options.mode or configuration.mode,
        max_pages=options.max_pages or configuration.max_pages,
        target_pages=options.target_pages or configuration.target_pages,
    )


def find_files(names: Iterable[str]) -> Iterator[Path]:
    """The files named, and every file below the folders named in order of name; hidden ones are left out. A name that
    leads nowhere is given as it is, so that its line can say so."""
    for path in map(Path, names):
        if path.is_dir():
            yield from (found for found in sorted(path.rglob("*")) if _is_wanted(found, path))
        else:
            yield path


def _is_wanted(path: Path, folder: Path) -> bool:
    return path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)


def _show_progress(err: Output, done: int, total: int) -> None:
    if err.isatty():
        filled = _BAR * done // total
        err.write(f"\r[{'#' * filled}{'.' * (_BAR - filled)}] {done}/{total}{chr(10) if done == total else ''}")
        err.flush()


def _clear_progress(err: Output) -> None:
    """Out of the way of a line that may go to the same terminal."""
    if err.isatty():
        err.write("\r\x1b[K")
        err.flush()


class _Worker:
    """Classifies one file at a time in each thread, with a sandbox for each thread."""

    def __init__(self, configuration: Configuration, *, with_pages: bool) -> None:
        self._configuration = configuration
        self._with_pages = with_pages
        self._own = threading.local()
        self._sandboxes = [Sandbox()]
        self._spare = list(self._sandboxes)

    def __enter__(self) -> Self:
        self._spare[0].start()  # it loads its libraries while the rules are compiled
        try:
            self._ruleset = compile_rules(self._configuration.rules)
        except BaseException:
            self._spare[0].close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        for sandbox in self._sandboxes:
            sandbox.close()

    def classify(self, path: Path) -> dict[str, Any]:
        """The line for ``path``: its answer, or what kept it from getting one."""
        started = time.monotonic()
        try:
            answer, problem = self._answer(path), None
        except ReadError as error:
            answer, problem = _NO_ANSWER, f"{error.code}: {error}"
        except OSError as error:
            answer, problem = _NO_ANSWER, error.strerror or str(error)
        return {"file": str(path), **self._tell(answer), "seconds": _since(started), "error": problem}

    def _answer(self, path: Path) -> Answer:
        wanted = self._configuration
        reading = self._sandbox().read(
            path,
            media_type=sniff(path),
            lang=wanted.lang,
            mode=wanted.mode,
            max_pages=wanted.max_pages,
            target_pages=wanted.target_pages,
        )
        return classify(reading, self._ruleset)

    def _sandbox(self) -> Sandbox:
        if not hasattr(self._own, "sandbox"):
            self._own.sandbox = self._spare.pop() if self._spare else Sandbox()
            if self._own.sandbox not in self._sandboxes:
                self._sandboxes.append(self._own.sandbox)
        sandbox: Sandbox = self._own.sandbox
        return sandbox

    def _tell(self, answer: Answer) -> dict[str, Any]:
        data = answer.to_json()
        data["evidence"] = [{key: quote[key] for key in ("page", "quote", "boxes")} for quote in data["evidence"]]
        data["pages"] = data["pages"] if self._with_pages else []
        data["documents"] = _group(answer.pages) if self._with_pages else []
        return {key: data[key] for key in _KEYS}


_KEYS = ("type", "confidence", "reasoning", "candidates", "evidence", "pages", "documents")


def _group(pages: Iterable[PageAnswer]) -> list[dict[str, Any]]:
    """The documents that the file holds: which pages each has, what it is, how probable it is that it starts there."""
    documents: dict[int, list[PageAnswer]] = {}
    for page in pages:
        documents.setdefault(page.document or 1, []).append(page)
    return [
        {
            "document": number,
            "pages": [page.page for page in own],
            "type": next((page.type for page in own if page.type), None),
            "confidence": next((page.confidence for page in own if page.confidence is not None), None),
            "border": own[0].border,
        }
        for number, own in documents.items()
    ]


_NO_ANSWER = Answer(type=None, confidence=None, reasoning="")


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
