"""Sentence vectors: converted once, near the whole model, loaded by nobody who needs none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from classifyhub.engine.embedding import (
    Place,
    Unavailable,
    current_encoder,
    find_made,
    find_weights,
    load,
    prepare,
    use_encoder,
)
from classifyhub.engine.embedding import current as current_module

pytest.importorskip("onnxruntime", reason="the extra embeddings is not installed")

ROOT = Path(__file__).parents[2]
TEXTS = [
    "invoice for goods delivered, amount due in 30 days",
    "a bill that asks for payment",
    "the cat sleeps on the warm stove",
    "purchase order for twenty office chairs " * 12,
]


@pytest.fixture
def made(models) -> Path:
    return find_made(models)


def convert(folder, *weights) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "classifyhub.engine.embedding", str(folder), *map(str, weights)]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ
    )


def test_texts_that_mean_the_same_are_nearer_than_others(made):
    vectors = load(made).encode(TEXTS)
    nearness = vectors @ vectors.T
    assert nearness.diagonal() == pytest.approx(1.0, abs=1e-5)
    assert nearness[0, 1] > 0.3 > nearness[0, 2]


def test_the_order_of_texts_and_their_company_change_little(made):
    encoder = load(made)
    together, alone = encoder.encode(TEXTS), [encoder.encode([text])[0] for text in TEXTS]
    for one, other in zip(together, alone, strict=True):
        assert float(one @ other) > 0.99


def test_the_small_model_stays_near_the_whole_one(made, tmp_path):
    from classifyhub.engine.embedding import Encoder  # noqa: PLC0415 - the extra may be missing
    from classifyhub.engine.embedding.graph import save_graph  # noqa: PLC0415
    from classifyhub.engine.embedding.safetensors import read_tensors  # noqa: PLC0415

    weights = find_weights()
    save_graph(read_tensors(weights.tensors), weights.config, tmp_path / "whole.onnx")
    whole = Encoder(tmp_path / "whole.onnx", weights.tokenizer).encode(TEXTS)
    assert ((whole * load(made).encode(TEXTS)).sum(axis=1) > 0.98).all()
    assert (made / "encoder.onnx").stat().st_size < 30e6


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


def name_own(folder: Path, *, content: bytes | None = None, **config) -> Path:
    """A folder with weights of somebody's own."""
    folder.mkdir(parents=True)
    of_package = find_weights()
    (folder / "config.json").write_text(json.dumps(of_package.config | config))
    (folder / "tokenizer.json").write_bytes(of_package.tokenizer.read_bytes())
    if content is None:
        (folder / "model.safetensors").symlink_to(of_package.tensors)
    else:
        (folder / "model.safetensors").write_bytes(content)
    return folder


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, b"\2\0\0\0\0\0\0\0{}"])
def test_weights_that_are_none_leave_nothing_behind(tmp_path, content):
    own = name_own(tmp_path / "own", content=content)
    with pytest.raises(Unavailable):
        prepare(tmp_path / "models", str(own))
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["lock"]


def test_weights_of_another_architecture_are_refused(tmp_path):
    own = name_own(tmp_path / "own", model_type="roberta")
    with pytest.raises(Unavailable, match="type roberta"):
        prepare(tmp_path / "models", str(own))


def test_a_model_may_be_named_as_a_folder_of_a_cache_or_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    cached = tmp_path / ".cache" / "huggingface" / "hub" / "models--some--model"
    own = name_own(cached / "snapshots" / "1a2b")
    assert find_weights(str(own)).folder == own
    assert find_weights(str(cached)).folder == own
    assert find_weights("some/model").folder == own


def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path, models):
    full = tmp_path / "models"
    full.mkdir()
    (full / "lock").mkdir()  # stands for whatever keeps it from being written
    process = convert(full)
    assert "was not prepared" in process.communicate(timeout=60)[1]
    assert [path.name for path in full.iterdir()] == ["lock"]


@pytest.mark.usefixtures("_forgotten_encoder")
class TestTheEncoderOfAProcess:
    def test_there_is_none_until_its_place_is_named(self, models):
        assert current_encoder() is None
        use_encoder(lambda: Place(models))
        assert current_encoder() is not None

    def test_off_means_none(self, models):
        use_encoder(lambda: Place(models, "off"))
        assert current_encoder() is None

    @pytest.mark.long
    def test_is_made_in_the_background_when_it_is_missing(self, tmp_path):
        use_encoder(lambda: Place(tmp_path / "models"))
        assert current_encoder() is None  # nobody waits for it
        assert current_encoder() is None
        assert len(current_module._children) == 1
        assert current_module._children[0].wait(timeout=120) == 0
        assert current_encoder() is not None

    def test_weights_that_cannot_be_had_are_told_once(self, tmp_path, caplog):
        use_encoder(lambda: Place(tmp_path / "models", str(tmp_path / "nowhere")))
        assert current_encoder() is None
        assert current_encoder() is None
        (said,) = [record.getMessage() for record in caplog.records if "words alone" in record.getMessage()]
        assert "nowhere" in said

    def test_a_damaged_model_is_told_and_not_fatal(self, tmp_path, caplog):
        made = find_made(tmp_path)
        made.mkdir()
        (made / "encoder.onnx").write_bytes(b"cut short")
        use_encoder(lambda: Place(tmp_path))
        assert current_encoder() is None
        assert "delete the folder" in caplog.text


def test_who_needs_no_vectors_loads_no_library_for_them(models):
    code = (
        "import sys; from pathlib import Path; from classifyhub.engine import *\n"
        "from classifyhub.engine.embedding import Place, use_encoder\n"
        f"use_encoder(lambda: Place(Path({str(models)!r})))\n"
        "reading = Reading('text/plain', 1, (Page(1, 'INVOICE\\nInvoice number 4711\\nTotal due 12.00', 'layer'),))\n"
        "answer = classify(reading, compile_rules([Rule('Invoice', 'A bill')]))\n"
        "print(answer.type, {'numpy', 'onnx', 'onnxruntime', 'tokenizers'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "Invoice set()"
