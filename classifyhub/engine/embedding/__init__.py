"""Sentence vectors without torch: what a passage is about, as far as words alone do not say it.

Everything here is optional. Without the libraries of the extra ``embeddings``, or without weights, ``load`` gives null
and the engine goes by words and known types. No process loads a library or a model before the first text needs it."""

from classifyhub.engine.embedding.encoder import Encoder
from classifyhub.engine.embedding.locating import Unavailable, find_weights
from classifyhub.engine.embedding.models import load, load_table, prepare

__all__ = ["Encoder", "Unavailable", "find_weights", "load", "load_table", "prepare"]
