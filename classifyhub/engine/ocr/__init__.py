"""Text from the picture of a page.

``engines`` finds what this machine can read pictures with; ``scans`` reads the pages of a document that need it, as
many at once as there are processors, within the document's budget. A page comes out as if it had a text layer: words
with boxes, titles, and a mean confidence.

Production code calls this inside the sandbox: pictures are as hostile as any other bytes, and the programs started
here belong to its process group and end with it."""

from classifyhub.engine.ocr.engines import find_engine, tell_engine
from classifyhub.engine.ocr.scans import Scan, read_scans

__all__ = ["Scan", "find_engine", "read_scans", "tell_engine"]
