"""The knowledge pack: the document types that offices have names for, in one YAML file for each field of work.

A file is a list of types, written for this project in its own words::

    - type: purchase order            # English name, unique over all files; also one of its titles
      of: order                       # the wider type it is a kind of; goes to that one's rule unless another names it
      near: [sales order]             # types that many people mean the same by; goes to their rule where it has none
      titles:                         # what the paper calls itself in its heading, by ISO 639-1 language
        en: [order form]
        de: [Bestellung]
      headings: [order]               # titles that mean other things as well: they count on documents, link no rule
      called: [PO, buying order]      # what people call it though it is hardly printed: links rules, counts nowhere
      cues:                           # short phrases that stand on such papers and rarely on others, by language
        en: [ship to, requested delivery date]
      sections:                       # headings inside it, each alone on its line, by language; one word may do
        en: [line items]
      form: [letter]                  # its make-up: mail, letter, slides, card, slip, mrz, or a key of ``layouts``
      unlike: [invoice, quotation]    # the types it is most easily mistaken for; the tests set them against it
      only: [US]                      # the countries it exists in, where it is no type of the whole world

Phrases are compared as ``words`` does: case, accents and simple English plurals aside."""

from classifyhub.engine.pack.entries import PackError
from classifyhub.engine.pack.known_types import KnownType, Wording, load_known_types, name_kind, read_wordings

__all__ = ["KnownType", "PackError", "Wording", "load_known_types", "name_kind", "read_wordings"]
