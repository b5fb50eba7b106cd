"""Packets: files that hold several documents one behind the other, and where in them a new one starts.

Neighbouring pages are compared by how they look, how they are numbered and what they say; of the rules only their names
count, where a page is titled so."""

from classifyhub.engine.packets.splitting import Part, Split, split

__all__ = ["Part", "Split", "split"]
