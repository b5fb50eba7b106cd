"""Classifying from a terminal, with and without Django."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from classifyhub.engine import Rule, cli
from classifyhub.engine.rulesfile import Configuration
from tests.engine.documents import INVOICE, LETTER, RULES, draw_text_pdf
from tests.hostile_files import make_password_rc4, picture
from tests.support.factories import a_project, a_version

ROOT = Path(__file__).parents[2]
KEYS = ["file", "type", "confidence", "reasoning", "candidates", "evidence", "pages", "documents", "seconds", "error"]


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(RULES))
    return str(path)


@pytest.fixture
def folder(tmp_path):
    """Five files, one of them locked, one below, and one hidden."""
    folder = tmp_path / "in"
    (folder / "b").mkdir(parents=True)
    (folder / "a.pdf").write_bytes(draw_text_pdf(INVOICE, LETTER))
    (folder / "b" / "locked.pdf").write_bytes(make_password_rc4())
    (folder / "b" / "scan.png").write_bytes(picture("PNG"))
    (folder / "c.txt").write_text(LETTER)
    (folder / ".hidden").write_text(INVOICE)
    return folder


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def run_engine(*arguments):
    command = [sys.executable, "-m", "classifyhub.engine", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_one_line_for_each_file_in_order_and_status_1_when_one_failed(rules, folder, capsys):
    assert cli.main(["--rules", rules, str(folder)]) == 1
    lines = lines_of(capsys.readouterr().out)
    assert [Path(line["file"]).name for line in lines] == ["a.pdf", "locked.pdf", "scan.png", "c.txt"]
    assert all(list(line) == KEYS for line in lines)
    assert [line["type"] for line in lines] == ["invoice", None, None, None]
    assert [bool(line["error"]) for line in lines] == [False, True, False, False]
    assert lines[1]["error"].startswith("encrypted: ")
    assert lines[2]["confidence"] is None


def test_a_line_holds_what_a_program_needs(rules, folder, capsys):
    assert cli.main(["--rules", rules, "--pages", str(folder / "a.pdf")]) == 0
    (line,) = lines_of(capsys.readouterr().out)
    assert line["confidence"] == line["candidates"][0]["score"]
    assert line["candidates"][0]["type"] == "invoice"
    assert set(line["evidence"][0]) == {"page", "quote", "boxes"}
    assert [(page["page"], page["type"]) for page in line["pages"]] == [(1, "invoice"), (2, None)]
    assert [(found["document"], found["pages"], found["type"]) for found in line["documents"]] == [
        (1, [1], "invoice"),
        (2, [2], None),
    ]
    assert line["documents"][1]["border"] == line["pages"][1]["border"] >= 0.5
    assert line["seconds"] >= 0


def test_without_the_option_pages_are_left_out(rules, folder, capsys):
    cli.main(["--rules", rules, str(folder / "a.pdf")])
    line = lines_of(capsys.readouterr().out)[0]
    assert (line["pages"], line["documents"]) == ([], [])


def test_pages_can_be_chosen(rules, folder, capsys):
    cli.main(["--rules", rules, "--target-pages", "2", "--pages", str(folder / "a.pdf")])
    (line,) = lines_of(capsys.readouterr().out)
    assert [page["page"] for page in line["pages"]] == [2]
    assert "Page 1 was not read" in line["reasoning"]


def test_what_stands_on_the_command_line_goes_before_the_configuration(tmp_path, folder, capsys):
    path = tmp_path / "configuration.json"
    path.write_text(json.dumps({"rules": list(RULES), "parsing_configuration": {"max_pages": 1}}))
    for arguments, count in (([], 1), (["--max-pages", "2"], 2)):
        cli.main(["--rules", str(path), "--pages", *arguments, str(folder / "a.pdf")])
        assert len(lines_of(capsys.readouterr().out)[0]["pages"]) == count


def test_several_jobs_give_the_same_lines_in_the_same_order(rules, folder, capsys):
    found = []
    for jobs in ("1", "3"):
        cli.main(["--rules", rules, "--jobs", jobs, str(folder)])
        found.append([{**line, "seconds": 0} for line in lines_of(capsys.readouterr().out)])
    assert found[0] == found[1]


def test_a_file_that_is_not_there_has_a_line_and_the_rest_is_still_classified(rules, folder, capsys):
    assert cli.main(["--rules", rules, str(folder / "gone.pdf"), str(folder / "a.pdf")]) == 1
    gone, found = lines_of(capsys.readouterr().out)
    assert gone["error"] == "No such file or directory"
    assert found["type"] == "invoice"


def test_rules_that_cannot_be_used_end_with_status_2_and_the_line(tmp_path, folder, capsys):
    path = tmp_path / "rules.json"
    path.write_text('[\n{"type": "a"},\n{"type": "a"}]')
    assert cli.main(["--rules", str(path), str(folder)]) == 2
    assert capsys.readouterr().err == f"{path}, line 3: Rule 2 repeats the type “a”.\n"


@pytest.mark.parametrize(
    "arguments", [["--jobs", "0"], ["--max-pages", "x"], ["--target-pages", "3-1"], ["--mode", "SLOW"]]
)
def test_options_that_make_no_sense_are_refused(rules, arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--rules", rules, *arguments, "a.pdf"])
    assert caught.value.code == 2
    assert arguments[0] in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("kind", "is_shown"), [(Terminal, True), (io.StringIO, False)])
def test_progress_is_shown_on_a_terminal_only(folder, kind, is_shown):
    options = Namespace(files=[str(folder)], pages=False, max_pages=None, target_pages=None, mode=None, jobs=1)
    out, err = io.StringIO(), kind()
    cli.run(options, Configuration(tuple(Rule(**rule) for rule in RULES)), out=out, err=err)
    assert err.getvalue().endswith("4/4\n") == is_shown
    assert bool(err.getvalue()) == is_shown


def test_the_module_runs_by_itself_without_django(rules, folder):
    done = run_engine("--rules", rules, folder / "c.txt")
    assert (done.returncode, done.stderr) == (0, "")
    assert lines_of(done.stdout)[0]["type"] is None
    program = "import sys; import classifyhub.engine.cli; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_a_reader_that_has_seen_enough_is_no_error_to_print(rules, folder):
    command = f"{sys.executable} -m classifyhub.engine --rules {rules} {folder} {folder} {folder} | head -1 | wc -l"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=ROOT, check=True)  # noqa: S602
    assert (done.stdout.strip(), done.stderr) == ("1", "")


def test_names_no_encoding_can_write_still_make_a_line(rules, tmp_path):
    strange = tmp_path / "b\udcff.txt"
    strange.write_text(LETTER)
    done = run_engine("--rules", rules, tmp_path / "b\udcff.txt")
    assert lines_of(done.stdout)[0]["file"] == str(strange)


def test_manage_py_classifies_by_a_rules_file_without_a_database(rules, folder, capsys):
    out = io.StringIO()
    call_command("classify", "--rules", rules, str(folder / "a.pdf"), stdout=out)
    assert lines_of(out.getvalue())[0]["type"] == "invoice"


def test_manage_py_classifies_by_a_rules_file_without_loading_the_desk(rules, folder):
    command = [sys.executable, "manage.py", "classify", "--rules", str(rules), str(folder / "a.pdf")]
    nowhere = {**os.environ, "DJANGO_SETTINGS_MODULE": "no.such.settings"}
    done = subprocess.run(command, cwd=ROOT, env=nowhere, capture_output=True, text=True, check=True)
    assert lines_of(done.stdout)[0]["type"] == "invoice"


def test_manage_py_ends_with_status_1_after_a_failure(rules, folder):
    with pytest.raises(SystemExit) as caught:
        call_command("classify", "--rules", rules, str(folder), stdout=io.StringIO())
    assert caught.value.code == 1


def test_manage_py_refuses_unusable_rules_with_status_2(tmp_path):
    path = tmp_path / "rules.json"
    path.write_text("{")
    with pytest.raises(CommandError, match="line 1") as caught:
        call_command("classify", "--rules", str(path), "a.pdf")
    assert caught.value.returncode == 2


@pytest.mark.parametrize("source", [[], ["--rules", "a.json", "--preset", "b"]])
def test_manage_py_wants_exactly_one_source_of_rules(source):
    with pytest.raises(CommandError):
        call_command("classify", *source, "a.pdf")


@pytest.fixture
def published(db):
    version = a_version(a_project(), rules=RULES, max_pages=1)
    version.preset.published = version
    version.preset.save()
    return version.preset


def test_manage_py_classifies_by_what_a_preset_has_published(published, folder):
    out = io.StringIO()
    call_command("classify", "--preset", published.name.upper(), "--pages", str(folder / "a.pdf"), stdout=out)
    (line,) = lines_of(out.getvalue())
    assert line["type"] == "invoice"
    assert len(line["pages"]) == 1


@pytest.mark.django_db
def test_a_preset_that_is_not_there_or_never_published_is_said_so(published):
    published.published = None
    published.save()
    for name in (published.name, "No such preset"):
        with pytest.raises(CommandError, match="no published preset") as caught:
            call_command("classify", "--preset", name, "a.pdf")
        assert caught.value.returncode == 2


@pytest.mark.django_db
def test_a_name_that_two_projects_use_is_not_guessed_at(published):
    other = a_version(a_project(name="Other"), rules=RULES)
    other.preset.name, other.preset.name_folded, other.preset.published = published.name, published.name_folded, other
    other.preset.save()
    with pytest.raises(CommandError, match="both have a preset"):
        call_command("classify", "--preset", published.name, "a.pdf")
