"""What one document may cost. A document over a limit is cut and says so, or is refused as ``too_large``."""

MAX_PAGES = 100_000
"""More pages than this are refused: no office paper has them, a forged page count does."""

MAX_PAGE_CHARACTERS = 200_000
"""Of one page; the rest of that page is left out and ``text_cut`` stands in the facts."""

MAX_DOCUMENT_CHARACTERS = 4_000_000
"""Of all pages together; pages after it are not read (``cut`` is ``size``)."""

MAX_PAGES_WITH_WORDS = 40
"""Word positions are kept for so many pages: evidence stands on the first twenty with text, and to measure words takes
as long as to read them."""

MAX_TEXT_BYTES = 32 * 2**20
"""Read from the front of text, HTML and mail; attachments behind it are not looked at."""

MAX_INFLATED_BYTES = 64 * 2**20
"""What the parts read from one zip container may unpack to."""

MAX_ZIP_ENTRIES = 20_000

MAX_XML_DEPTH = 500

MAX_CELLS = 200_000
"""With something in them, of all sheets of a workbook together; rows after it are left out."""

MAX_CELL_CHARACTERS = 32_767
"""What a spreadsheet program itself lets a cell hold."""

MAX_SHARED_STRINGS = 1_000_000

MAX_COMPOUND_BYTES = 128 * 2**20
"""Of a DOC, PPT or MSG, which is held in memory while it is read."""

MAX_ATTACHMENTS = 20
"""So many readable documents of one mail are opened; the others are named."""

SMALLEST_PAGE_SIDE = 300
"""Pixels: a picture in a mail that is narrower is no document."""

MAX_PIXELS = 120_000_000
"""Of one image, judged from its header, before a single pixel is decoded."""

MAX_RENDER_PIXELS = 12_000_000
MAX_RENDER_SIDE = 8_000

BUDGET_SECONDS = 25.0
"""Reading time of one document; below the sandbox's wall clock, so that a long document ends in an answer."""

MAX_OBJECTS_LOOKED_AT = 1_000
"""Pictures and shapes of one PDF page, and as many again in each form on it."""

PAGES_LOOKED_AT = 3
"""Pages of a document whose pictures and ruled lines are counted even when nobody asked for their looks."""

OCR_BELOW_CHARACTERS = 50
"""A page with less text than this, white space aside, is read from its picture."""

OCR_DPI = 150
"""More takes a fifth more time for two words in a thousand."""

OCR_SMALLEST_SIDE, OCR_LARGEST_SIDE = 1500, 3000
"""Pixels on the longer side: smaller pictures are enlarged, larger ones shrunk."""

OCR_STRONGEST_ENLARGING = 4

OCR_SURE = 0.75
"""Mean confidence from which a reading is taken as it is; below it the page may stand on its side, be small, or a
photograph."""

OCR_PAGES = 16
"""So many pages of a document are read from their pictures unless the preset says which pages it wants: about what two
processors read within the budget, and more than tell what a document is."""

OCR_PAGE_SECONDS = 30.0
"""For one page in all its attempts; the program is killed after that."""

OCR_GRACE_SECONDS = 8.0
"""For pages under way when the reading time of the document is used up; still below the sandbox's wall clock."""
