"""The version that stands in every result: it changes whenever the same document could get another answer."""

from classifyhub.engine.pack.version import NUMBER

VERSION = f"local/2.4+pack.{NUMBER}"
