"""Presets to start from. Data only; a starter is copied as a draft and from then on belongs to whoever edits it.

Each description names what a reader could point to on the page and ends with the neighbour it gets mixed up with.
Every rule keeps the narrowest limits of all providers (type 1-50 characters of letters, digits, space, hyphen and
underscore; description 10-500), so that a starter can be published for any of them. None has an "other" rule: what
fits nothing comes back as no match.

Names and summaries are marked for translation here and translated where they are shown. Rule texts stay in the
language that they were written in, since the documents decide which language works.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.utils.translation import gettext_noop as _


@dataclass(frozen=True, slots=True)
class StarterRule:
    """One document type; ``monogram`` is the two letters that stand for it on screen."""

    monogram: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Starter:
    """A preset ready to be copied. ``key`` is stable and safe in URLs; ``name`` and ``summary`` are message ids."""

    key: str
    name: str
    summary: str
    rules: tuple[StarterRule, ...]

    def draft_rules(self) -> list[dict[str, str]]:
        """The rules as a preset's draft keeps them: fresh dicts of ``type``, ``description`` and ``monogram``."""
        return [asdict(rule) for rule in self.rules]


ACCOUNTS_PAYABLE = Starter(
    key="accounts-payable",
    name=_("Accounts payable"),
    summary=_("Supplier invoice, credit note, statement, reminder, purchase order and 4 more"),
    rules=(
        StarterRule(
            "SI",
            "Supplier invoice",
            "Invoice for goods or services: shows an invoice number, an invoice date, VAT, a total amount due and "
            "payment terms. Not a payment reminder and not a statement of account.",
        ),
        StarterRule(
            "CN",
            "Credit note",
            "Headed credit note or credit memo: gives money back on one earlier invoice, which it names, for returned "
            "goods or a wrong price. Not a bill to be paid.",
        ),
        StarterRule(
            "ST",
            "Supplier statement",
            "Statement of account from one supplier: lists several invoices and payments by date, with a running or "
            "closing balance and often an ageing by 30, 60 and 90 days. Not a single invoice.",
        ),
        StarterRule(
            "PR",
            "Payment reminder",
            "Says that an invoice is overdue: headed payment reminder, second reminder or final demand, names the "
            "unpaid invoice, a new deadline and often a late payment fee. Not a new invoice.",
        ),
        StarterRule(
            "PO",
            "Purchase order",
            "An order placed with a supplier: purchase order number, items, quantities, agreed prices, delivery "
            "address and requested delivery date. Not a request to pay.",
        ),
        StarterRule(
            "DN",
            "Delivery note",
            "Travels with the goods: delivery note or packing slip with quantities delivered, packages or weight, and "
            "a line to sign for goods received, mostly without prices. Not an order.",
        ),
        StarterRule(
            "RA",
            "Remittance advice",
            "Says which invoices a bank transfer pays: remittance advice with the payment date, invoice numbers, the "
            "amount paid for each and the total paid. Not a demand for money.",
        ),
        StarterRule(
            "BC",
            "Bank details change",
            "A supplier announces a new bank account: change of bank details, new IBAN and account holder, valid from "
            "a date for all future payments. Not an invoice that has an IBAN at its foot.",
        ),
        StarterRule(
            "EX",
            "Expense claim",
            "Form on which an employee asks to be paid back: purpose of the trip, dates, mileage, meals and lodging, "
            "attached receipts, signature and approval. Not a supplier's bill.",
        ),
    ),
)

MAIL_ROOM = Starter(
    key="general-mail-room",
    name=_("General mail room"),
    summary=_("Invoice, contract, complaint, job application, official notice and 6 more"),
    rules=(
        StarterRule(
            "IN",
            "Invoice",
            "Asks for payment: invoice number, invoice date, items or services with prices, VAT and the total amount "
            "due. Not a quotation and not a reminder.",
        ),
        StarterRule(
            "CO",
            "Contract",
            "Agreement between named parties in numbered clauses: term, obligations, liability, governing law and "
            "lines for both signatures. Not a quotation that still waits to be accepted.",
        ),
        StarterRule(
            "CP",
            "Complaint",
            "A customer writes that something went wrong: complaint, defect, delay or poor service, and asks for "
            "repair, replacement, refund or an apology. Not a cancellation.",
        ),
        StarterRule(
            "JA",
            "Job application",
            "Somebody applies for a position: cover letter, curriculum vitae, work experience, education, references "
            "and a date of availability. Not a request from a current employee.",
        ),
        StarterRule(
            "ON",
            "Official notice",
            "From an authority, court, tax office or municipality: file reference, decision or assessment, legal "
            "basis, deadline for an appeal. Not from a company.",
        ),
        StarterRule(
            "PR",
            "Payment reminder",
            "Reminder, dunning letter or final demand: an earlier invoice is overdue and a new deadline is set, often "
            "with a late fee. Not the invoice itself.",
        ),
        StarterRule(
            "QU",
            "Quotation",
            "Quotation, offer or estimate: proposed prices for work or goods, valid until a date, waiting to be "
            "accepted. Nothing is due yet; not an invoice.",
        ),
        StarterRule(
            "OR",
            "Order",
            "A customer orders from us: order number, items, quantities, delivery address and wanted delivery date. "
            "Not the note that comes with the goods.",
        ),
        StarterRule(
            "DN",
            "Delivery note",
            "Delivery note, packing slip or waybill: goods, quantities, packages, carrier and a line to sign for "
            "receipt, mostly without prices. Not an order.",
        ),
        StarterRule(
            "CA",
            "Cancellation",
            "Ends a contract, subscription, membership or policy: we hereby cancel or give notice, with the contract "
            "number and the last day. Not a complaint about a service that goes on.",
        ),
        StarterRule(
            "AD",
            "Advertising",
            "Unasked promotion: newsletter, flyer, special offer, discount, event invitation or catalogue, addressed "
            "to many readers at once. Not an offer that we requested.",
        ),
    ),
)

HR_FILE = Starter(
    key="hr-file",
    name=_("HR file"),
    summary=_("Application, employment contract, sick note, payslip, certificate, leave request, notice"),
    rules=(
        StarterRule(
            "AP",
            "Application",
            "Somebody applies for a job with us: cover letter or curriculum vitae with work experience, education, "
            "skills and references. Not a certificate standing alone.",
        ),
        StarterRule(
            "EC",
            "Employment contract",
            "Employment contract or amendment: position, start date, salary, working hours, holiday, probation and "
            "notice period, with signatures of employer and employee. Not a payslip.",
        ),
        StarterRule(
            "SN",
            "Sick note",
            "Medical certificate of incapacity for work: doctor or practice, patient, unfit for work from and until, "
            "first or follow-up certificate. Not a request for holiday.",
        ),
        StarterRule(
            "PS",
            "Payslip",
            "Monthly pay statement: gross pay, tax and social security deductions, net pay, pay period and personnel "
            "number. Not the contract that sets the salary.",
        ),
        StarterRule(
            "CE",
            "Certificate",
            "Proof of a qualification: diploma, degree, training certificate or reference from a former employer, "
            "with the name of the holder, a grade or a date of completion. Not a medical certificate.",
        ),
        StarterRule(
            "LR",
            "Leave request",
            "An employee asks for time off: annual leave, parental leave or unpaid leave, first and last day, number "
            "of days, approval by a manager. Not a sick note.",
        ),
        StarterRule(
            "NO",
            "Notice",
            "Ends an employment: resignation by the employee, dismissal or termination agreement, with the last "
            "working day. Not a written warning that lets the employment go on.",
        ),
    ),
)

LENDING_PACKET = Starter(
    key="lending-packet",
    name=_("Lending packet"),
    summary=_("Loan application, payslip, bank statement, tax return, proof of identity and 3 more"),
    rules=(
        StarterRule(
            "LA",
            "Loan application",
            "Form filled in by the borrower: loan amount, purpose, term, household income, debts, declarations and a "
            "signature. Not the contract that the lender signs.",
        ),
        StarterRule(
            "PS",
            "Payslip",
            "Pay statement for one period: employer, employee, gross pay, deductions, net pay and year to date. Not "
            "an account statement on which the salary arrives.",
        ),
        StarterRule(
            "BS",
            "Bank statement",
            "Account statement from a bank: account number, period, opening balance, dated transactions and closing "
            "balance. Not a statement about one loan.",
        ),
        StarterRule(
            "TR",
            "Tax return",
            "Income tax return or tax assessment for a year: taxpayer, tax number, taxable income, allowances and tax "
            "due or refunded. Not a payslip.",
        ),
        StarterRule(
            "ID",
            "Proof of identity",
            "Passport, identity card, residence permit or driving licence: photograph, date of birth, nationality, "
            "document number and date of expiry. Not a utility bill.",
        ),
        StarterRule(
            "PV",
            "Property valuation",
            "Appraisal of a property by a surveyor: address, floor area, condition, comparable sales and market "
            "value. Not the deed and not the purchase price agreed.",
        ),
        StarterRule(
            "TD",
            "Title deed",
            "Title deed or extract from the land register: owner, plot, parcel number, easements, mortgages and "
            "charges entered. Not an appraisal of what it is worth.",
        ),
        StarterRule(
            "LS",
            "Loan statement",
            "Statement of an existing loan or mortgage: lender, loan number, interest rate, instalments and "
            "outstanding principal or payoff amount. Not a current account.",
        ),
    ),
)

INSURANCE_CLAIM = Starter(
    key="insurance-claim",
    name=_("Insurance claim"),
    summary=_("Claim form, damage report, photo, repair estimate, police report and 3 more"),
    rules=(
        StarterRule(
            "CF",
            "Claim form",
            "Notice of loss filled in by the insured: policy number, date and place of loss, what happened, amount "
            "claimed and a signature. Not the finding of an expert.",
        ),
        StarterRule(
            "DR",
            "Damage report",
            "Report by an adjuster or surveyor: inspection date, extent and cause of damage, assessed value and "
            "recommendation. Not what the insured tells about it.",
        ),
        StarterRule(
            "DP",
            "Damage photo",
            "Photograph of a damaged vehicle, building or object, or a sheet of photographs with short captions. "
            "Little or no running text. Not a scanned letter.",
        ),
        StarterRule(
            "RE",
            "Repair estimate",
            "Quotation from a garage or builder: parts, labour hours, paint or materials and the estimated total of "
            "the repair. Not a final bill for work already done.",
        ),
        StarterRule(
            "PL",
            "Police report",
            "Report or confirmation by the police: incident number, officer and station, date and place, persons "
            "involved, statements and offence. Not the account of a private witness.",
        ),
        StarterRule(
            "MB",
            "Medical bill",
            "Bill from a doctor, hospital or pharmacy: patient, dates of treatment, procedures or codes, fees and "
            "amount due. Not a medical report without prices.",
        ),
        StarterRule(
            "PO",
            "Policy document",
            "Insurance policy, schedule or certificate of insurance: insured, period of cover, sum insured, premium, "
            "deductible and exclusions. Not a claim under it.",
        ),
        StarterRule(
            "WS",
            "Witness statement",
            "Somebody who was there tells in the first person what they saw: name, address, date, signed as true. Not "
            "a report written by an officer.",
        ),
    ),
)

LEGAL_INTAKE = Starter(
    key="legal-intake",
    name=_("Legal intake"),
    summary=_("Contract, court order, court filing, power of attorney, correspondence and 3 more"),
    rules=(
        StarterRule(
            "CO",
            "Contract",
            "Agreement between parties: numbered clauses, definitions, term, termination, liability, governing law "
            "and signature blocks. Not a letter that only proposes terms.",
        ),
        StarterRule(
            "OD",
            "Court order",
            "Issued by a court: judgment, order, injunction or summons with the case number, the judge, it is ordered "
            "that, and a seal or date of entry. Not a paper that a party files.",
        ),
        StarterRule(
            "FI",
            "Court filing",
            "Filed by a party: statement of claim, complaint, motion, defence or appeal with a caption of plaintiff "
            "and defendant, numbered allegations and relief sought. Not a decision by the court.",
        ),
        StarterRule(
            "PA",
            "Power of attorney",
            "A principal appoints an attorney or agent to act: powers granted, duration, signature, often a notary or "
            "witnesses. Not a general engagement contract.",
        ),
        StarterRule(
            "LE",
            "Correspondence",
            "Letter or mail between counsel, client and the other side: addressee, date, our reference, a subject and "
            "a closing. Not a paper filed at court.",
        ),
        StarterRule(
            "WS",
            "Witness statement",
            "Affidavit, deposition or declaration of a named witness: I state as follows, numbered paragraphs, sworn "
            "or signed as true. Not pleadings by a lawyer.",
        ),
        StarterRule(
            "EX",
            "Exhibit",
            "Evidence attached to a case: marked exhibit with a letter or number, a photograph, record, receipt or "
            "printout. Not the statement that refers to it.",
        ),
        StarterRule(
            "FN",
            "Fee note",
            "A law firm's bill: matter number, time entries with hours and hourly rate, disbursements, VAT and total "
            "fees. Not an estimate given before the work.",
        ),
    ),
)

STARTERS: tuple[Starter, ...] = (ACCOUNTS_PAYABLE, MAIL_ROOM, HR_FILE, LENDING_PACKET, INSURANCE_CLAIM, LEGAL_INTAKE)


def find_starter(key: str) -> Starter:
    """The starter with this key; raises KeyError when there is none."""
    return {starter.key: starter for starter in STARTERS}[key]
