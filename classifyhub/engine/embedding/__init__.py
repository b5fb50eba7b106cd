"""Sentence vectors without torch: what a passage is about, as far as words alone do not say it.

Everything here is optional. Without the libraries of the extra ``embeddings``, or without weights, ``current_encoder``
gives null and the engine goes by words and known types. No process loads a library or a model before the first text
needs it."""

from classifyhub.engine.embedding.current import OFF, Place, current_encoder, start_preparing, use_encoder
from classifyhub.engine.embedding.encoder import Encoder
from classifyhub.engine.embedding.locating import Unavailable, find_weights
from classifyhub.engine.embedding.models import find_made, load, prepare

__all__ = [
    "OFF",
    "Encoder",
    "Place",
    "Unavailable",
    "current_encoder",
    "find_made",
    "find_weights",
    "load",
    "prepare",
    "start_preparing",
    "use_encoder",
]
