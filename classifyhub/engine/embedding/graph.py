"""A BERT encoder as an ONNX graph of fused operators, made from its tensors.

The operators are those ONNX Runtime documents under "Contrib Operators": one node for embedding, one for attention, one
for each sum with its normalisation. Input: token ids and mask, both int32 of shape [texts, tokens]; output: the hidden
states, float32 of shape [texts, tokens, width]."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Tensors = Mapping[str, np.ndarray[Any, np.dtype[np.float32]]]
_DOMAIN = "com.microsoft"


def save_graph(tensors: Tensors, config: Mapping[str, Any], path: Path) -> None:
    """Write the encoder to ``path``. Raises ``KeyError`` or ``ValueError`` for tensors of another architecture."""
    if config["model_type"] != "bert":  # others name their tensors alike and count positions otherwise
        raise ValueError(f"it is of the type {config['model_type']}.")
    builder = _Builder(tensors, config)
    hidden = builder.embed()
    for layer in range(config["num_hidden_layers"]):
        hidden = builder.add_layer(f"encoder.layer.{layer}.", hidden)
    onnx.save(builder.finish(hidden), path)


class _Builder:
    def __init__(self, tensors: Tensors, config: Mapping[str, Any]) -> None:
        prefix = "bert." if "bert.embeddings.word_embeddings.weight" in tensors else ""
        self._tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
        self._config = config
        self._constants: list[onnx.TensorProto] = []
        self._nodes: list[onnx.NodeProto] = []

    def embed(self) -> str:
        table = self._tensors["embeddings.position_embeddings.weight"]
        segment = self._tensors["embeddings.token_type_embeddings.weight"][0]
        inputs = [
            "ids",
            "",
            self._constant("words", self._tensors["embeddings.word_embeddings.weight"]),
            self._constant("positions", table + segment),  # there is but one segment
            "",
            *self._norm("embeddings.LayerNorm."),
        ]
        self._add("EmbedLayerNormalization", inputs, ["embedded", "unused"], epsilon=self._config["layer_norm_eps"])
        return "embedded"

    def add_layer(self, layer: str, hidden: str) -> str:
        attended = self._skip(layer + "attention.output.", hidden, self._project(layer, self._attend(layer, hidden)))
        inner = self._matmul(layer + "intermediate.dense.", attended)
        active = layer + "active"
        self._add("BiasGelu", [inner, self._bias(layer + "intermediate.dense.")], [active])
        return self._skip(layer + "output.", attended, self._matmul(layer + "output.dense.", active))

    def finish(self, hidden: str) -> onnx.ModelProto:
        shape = ["texts", "tokens"]
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [helper.make_tensor_value_info(name, TensorProto.INT32, shape) for name in ("ids", "mask")],
            [helper.make_tensor_value_info(hidden, TensorProto.FLOAT, [*shape, self._config["hidden_size"]])],
            self._constants,
        )
        imports = [helper.make_opsetid("", 17), helper.make_opsetid(_DOMAIN, 1)]
        return helper.make_model(graph, opset_imports=imports, ir_version=9)

    def _attend(self, layer: str, hidden: str) -> str:
        parts = [f"{layer}attention.self.{name}." for name in ("query", "key", "value")]
        weights = np.concatenate([self._tensors[part + "weight"].T for part in parts], axis=1)
        bias = np.concatenate([self._tensors[part + "bias"] for part in parts])
        inputs = [hidden, self._constant(layer + "qkv", weights), self._constant(layer + "qkv_bias", bias), "mask"]
        self._add("Attention", inputs, [layer + "heads"], num_heads=self._config["num_attention_heads"])
        return layer + "heads"

    def _project(self, layer: str, heads: str) -> str:
        return self._matmul(layer + "attention.output.dense.", heads)

    def _skip(self, name: str, hidden: str, update: str) -> str:
        inputs = [hidden, update, *self._norm(name + "LayerNorm."), self._bias(name + "dense.")]
        self._add("SkipLayerNormalization", inputs, [name + "sum"], epsilon=self._config["layer_norm_eps"])
        return name + "sum"

    def _matmul(self, name: str, hidden: str) -> str:
        weights = self._constant(name + "weight", self._tensors[name + "weight"].T)
        self._nodes.append(helper.make_node("MatMul", [hidden, weights], [name + "product"]))
        return name + "product"

    def _norm(self, name: str) -> list[str]:
        return [self._constant(name + part, self._tensors[name + part]) for part in ("weight", "bias")]

    def _bias(self, name: str) -> str:
        return self._constant(name + "bias", self._tensors[name + "bias"])

    def _constant(self, name: str, tensor: np.ndarray[Any, Any]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(tensor), name))
        return name

    def _add(self, operator: str, inputs: list[str], outputs: list[str], **attributes: Any) -> None:
        self._nodes.append(helper.make_node(operator, inputs, outputs, domain=_DOMAIN, **attributes))
