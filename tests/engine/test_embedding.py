"""Sentence vectors: converted once, near the whole model, loaded by nobody who needs none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from classifyhub.engine.embedding import Encoder, Unavailable, find_weights, load, load_table, prepare
from classifyhub.engine.embedding.graph import save_graph
from classifyhub.engine.embedding.safetensors import read_tensors

ROOT = Path(__file__).parents[2]
TEXTS = [
    "invoice for goods delivered, amount due in 30 days",
    "a bill that asks for payment",
    "the cat sleeps on the warm stove",
    "purchase order for twenty office chairs " * 12,
]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    return prepare(tmp_path_factory.mktemp("models"))


def convert(folder, *weights, **options) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "classifyhub.engine.embedding", str(folder), *map(str, weights)]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ, **options
    )


def test_texts_that_mean_the_same_are_nearer_than_others(made):
    vectors = load(made).encode(TEXTS)
    nearness = vectors @ vectors.T
    assert nearness.diagonal() == pytest.approx(1.0, abs=1e-5)
    assert nearness[0, 1] > 0.3 > nearness[0, 2]


def test_the_order_of_texts_and_their_company_change_nothing(made):
    encoder = load(made)
    together, alone = encoder.encode(TEXTS), [encoder.encode([text])[0] for text in TEXTS]
    for one, other in zip(together, alone, strict=True):
        assert float(one @ other) > 0.99


def test_the_small_model_stays_near_the_whole_one(made, tmp_path):
    weights = find_weights()
    save_graph(read_tensors(weights.tensors), weights.config, tmp_path / "whole.onnx")
    whole = Encoder(tmp_path / "whole.onnx", weights.tokenizer).encode(TEXTS)
    assert ((whole * load(made).encode(TEXTS)).sum(axis=1) > 0.98).all()
    assert (made / "encoder.onnx").stat().st_size < 30e6


def test_the_table_knows_what_words_are_about_and_nothing_of_numbers(made):
    table = load_table(made)
    plaintiff, court, soup = (table.encode({word: 1.0}) for word in ("plaintiff", "court", "soup"))
    assert float(plaintiff @ court) > 0.3 > float(plaintiff @ soup)
    assert not table.encode({"4711": 3.0}).any()
    assert not table.encode({}).any()


@pytest.mark.long
def test_models_are_made_once_also_when_two_ask_at_the_same_time(tmp_path):
    both = [convert(tmp_path / "models"), convert(tmp_path / "models")]
    said = {process.communicate(timeout=120)[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(said) == 1
    (folder,) = map(Path, said)
    before = (folder / "encoder.onnx").stat().st_mtime_ns
    assert prepare(tmp_path / "models") == folder
    assert (folder / "encoder.onnx").stat().st_mtime_ns == before
    assert {path.name for path in folder.parent.iterdir()} == {folder.name, "lock"}


def test_a_folder_without_weights_is_named(tmp_path):
    with pytest.raises(Unavailable, match=r"lacks config\.json, tokenizer\.json, model\.safetensors"):
        prepare(tmp_path / "models", str(tmp_path))
    process = convert(tmp_path / "models", tmp_path)
    assert "lacks config.json" in process.communicate(timeout=60)[1]
    assert process.returncode == 1


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, b"\2\0\0\0\0\0\0\0{}"])
def test_weights_that_are_none_leave_nothing_behind(tmp_path, content):
    own = tmp_path / "own"
    own.mkdir()
    for name in ("config.json", "tokenizer.json"):
        (own / name).write_bytes((find_weights().folder / name).read_bytes())
    (own / "model.safetensors").write_bytes(content)
    with pytest.raises(Unavailable):
        prepare(tmp_path / "models", str(own))
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["lock"]


def test_who_needs_no_vectors_loads_no_library_for_them():
    code = (
        "import sys, classifyhub.engine, classifyhub.engine.embedding\n"
        "print({'numpy', 'onnx', 'onnxruntime', 'tokenizers'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "set()"
