"""The version that stands in every result: it changes whenever the same document could get another answer."""

VERSION = "local/1.0"
