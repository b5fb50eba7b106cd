"""How documents come to their end: the closing words of letters, the last lines of bills and statements."""

import re

_LETTERS = (
    r"sincerely|(?:best|kind|warm|with) regards|yours (?:truly|faithfully)|respectfully|cordially|"
    r"mit (?:freundlichen|besten|herzlichen) gr(?:ü|ue)(?:ß|ss)en|hochachtungsvoll|"
    r"cordialement|salutations (?:distinguées|les meilleures)|meilleures salutations|"
    r"atentamente|saludos cordiales|un cordial saludo|cordiali saluti|distinti saluti|atenciosamente|"
    r"met vriendelijke groet(?:en)?|hoogachtend|med vänliga hälsningar|(?:med )?ven(?:n)?lig hilsen|"
    r"z poważaniem|s pozdravem|с уважением"  # noqa: RUF001 - Cyrillic
)
_BILLS = (
    r"grand total|total (?:due|amount|payable)|amount due|balance due|closing balance|"
    r"gesamtbetrag|rechnungsbetrag|endsaldo|total (?:ttc|à payer|a pagar|general)|importe total|saldo final|"
    r"totale (?:documento|da pagare|fattura)|te betalen|att betala|å betale|do zapłaty|итого"
)
_CLOSINGS = re.compile(rf"\b(?:{_LETTERS}|{_BILLS})\b|敬具|此致|合計金額")


def is_closed(end: str) -> bool:
    """Whether the ``end`` of a page reads like that of a document. Looked for in small letters, which takes half the
    time of looking for large and small ones alike."""
    return bool(_CLOSINGS.search(end.lower()))
