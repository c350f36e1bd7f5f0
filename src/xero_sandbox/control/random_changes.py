"""Many random legal changes at once, the same for the same seed and books."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random

from xero_sandbox.books.bank import build_bank_transaction, build_manual_journal
from xero_sandbox.books.contacts import add_contact, edit_contact
from xero_sandbox.books.credits import add_credit_note, allocate_credit, void_credit_note
from xero_sandbox.books.documents import contact_stub
from xero_sandbox.books.invoices import add_invoice, build_lines, edit_invoice, has_settlements, set_status
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.payments import delete_payment, pay_invoice
from xero_sandbox.books.problems import ActRefused
from xero_sandbox.books.rows import Record, Row

_DRAWS = 200
Change = Callable[[Organisation, Random], None]


def make_random_changes(
    organisation: Organisation, *, count: int, seed: int, blind_spots: bool = False
) -> dict[str, int]:
    """
    Make `count` changes and return how many of each kind.

    Without `blind_spots` every change moves the UpdatedDateUTC of the document it is made on; with them,
    some are the silent edits of FACTS 6.3. Contacts' derived members move silently in either case.
    """
    rng = Random(seed)  # noqa: S311 -- plausible changes, not secrets
    changes = list(_LOUD) + (list(_SILENT) if blind_spots else [])
    made: Counter[str] = Counter()
    # A change may find nothing to work on (no draft left to approve): then another is drawn.
    for _ in range(count * 50):
        if made.total() >= count:
            break
        name, change = rng.choice(changes)
        try:
            change(organisation, rng)
        except (ActRefused, LookupError):
            continue
        made[name] += 1
    return dict(made)


def _pick(organisation: Organisation, rng: Random, endpoint: str, wanted: Callable[[Row], bool]) -> Row:
    rows = organisation.tables[endpoint].in_order
    # In a large table a few draws nearly always hit; only rare wishes need the whole list.
    for _ in range(min(_DRAWS, len(rows))):
        row = rng.choice(rows)
        if wanted(row):
            return row
    fitting = [row for row in rows if wanted(row)]
    if not fitting:
        raise LookupError(endpoint)
    return rng.choice(fitting)


def _active_contact(organisation: Organisation, rng: Random) -> Record:
    return _pick(organisation, rng, "Contacts", lambda row: row.status == "ACTIVE").read()


def _amount(rng: Random) -> float:
    return rng.randrange(1_000, 400_000) / 100


def _raise_invoice(organisation: Organisation, rng: Random) -> None:
    contact = _active_contact(organisation, rng)
    add_invoice(
        organisation,
        {
            "Type": rng.choice(("ACCREC", "ACCREC", "ACCPAY")),
            "Status": rng.choice(("DRAFT", "SUBMITTED", "AUTHORISED", "AUTHORISED")),
            "ContactID": contact["ContactID"],
            "LineItems": [{"UnitAmount": _amount(rng)} for _ in range(rng.randrange(1, 4))],
        },
    )


def _approve(organisation: Organisation, rng: Random) -> None:
    row = _pick(organisation, rng, "Invoices", lambda row: row.status in {"DRAFT", "SUBMITTED"})
    set_status(organisation, row.id, "AUTHORISED")


def _delete_draft(organisation: Organisation, rng: Random) -> None:
    row = _pick(organisation, rng, "Invoices", lambda row: row.status in {"DRAFT", "SUBMITTED"})
    set_status(organisation, row.id, "DELETED")


def _open_invoice(organisation: Organisation, rng: Random) -> Row:
    return _pick(organisation, rng, "Invoices", lambda row: row.status == "AUTHORISED" and row.amount_due > 0)


def _void(organisation: Organisation, rng: Random) -> None:
    set_status(organisation, _open_invoice(organisation, rng).id, "VOIDED")


def _pay_all(organisation: Organisation, rng: Random) -> None:
    pay_invoice(organisation, _open_invoice(organisation, rng).id)


def _pay_part(organisation: Organisation, rng: Random) -> None:
    row = _open_invoice(organisation, rng)
    pay_invoice(organisation, row.id, amount=max(1, row.amount_due // rng.randrange(2, 5)) / 100)


def _edit_invoice(organisation: Organisation, rng: Random) -> None:
    row = _open_invoice(organisation, rng)
    edit_invoice(organisation, row.id, {"Reference": f"Ref {rng.randrange(10_000)}"})


def _take_back_payment(organisation: Organisation, rng: Random) -> None:
    delete_payment(
        organisation, _pick(organisation, rng, "Payments", lambda row: row.status == "AUTHORISED").id
    )


def _add_contact(organisation: Organisation, rng: Random) -> None:
    add_contact(organisation, {"Name": f"New Customer {rng.randrange(10**9)}"})


def _edit_contact(organisation: Organisation, rng: Random) -> None:
    contact = _active_contact(organisation, rng)
    edit_contact(
        organisation, contact["ContactID"], {"EmailAddress": f"billing{rng.randrange(10**6)}@new.example"}
    )


def _archive_contact(organisation: Organisation, rng: Random) -> None:
    contact = _active_contact(organisation, rng)
    edit_contact(organisation, contact["ContactID"], {"ContactStatus": "ARCHIVED"})


def _add_credit(organisation: Organisation, rng: Random) -> None:
    row = _open_invoice(organisation, rng)
    invoice = row.read()
    credit = add_credit_note(
        organisation,
        {
            "Type": f"{invoice['Type']}CREDIT",
            "ContactID": invoice["Contact"]["ContactID"],
            "CurrencyCode": invoice["CurrencyCode"],
            "CurrencyRate": invoice["CurrencyRate"],
            "Amount": max(1, row.amount_due // 3) / 100,
        },
    )
    if rng.random() < 0.7:
        allocate_credit(organisation, "CreditNotes", credit["CreditNoteID"], invoice_id=row.id)


def _void_credit(organisation: Organisation, rng: Random) -> None:
    row = _pick(organisation, rng, "CreditNotes", lambda row: row.status == "AUTHORISED")
    void_credit_note(organisation, row.id)


def _spend_money(organisation: Organisation, rng: Random) -> None:
    contact = _active_contact(organisation, rng)
    bank = _pick(organisation, rng, "Accounts", lambda row: row.kind == "BANK").read()
    record = build_bank_transaction(
        transaction_id=organisation.new_id(),
        type_="SPEND",
        contact=contact_stub(contact["ContactID"], contact["Name"]),
        account=bank,
        lines=build_lines(organisation, {"Amount": _amount(rng)}, sales=False),
        day=organisation.clock.now().date(),
        currency=organisation.profile["BaseCurrency"],
    )
    organisation.write("BankTransactions", record)


def _delete_bank_transaction(organisation: Organisation, rng: Random) -> None:
    row = _pick(
        organisation,
        rng,
        "BankTransactions",
        lambda row: row.status == "AUTHORISED" and row.kind in {"SPEND", "RECEIVE"},
    )
    organisation.write("BankTransactions", row.read() | {"Status": "DELETED"})


def _add_journal(organisation: Organisation, rng: Random) -> None:
    accounts = {row.read()["Code"]: row.read() for row in organisation.tables["Accounts"]}
    cents = rng.randrange(1_000, 90_000)
    record = build_manual_journal(
        journal_id=organisation.new_id(),
        narration=f"Accrual {rng.randrange(1_000)}",
        day=organisation.clock.now().date(),
        entries=[(accounts["453"], cents), (accounts["825"], -cents)],
        status=rng.choice(("DRAFT", "POSTED")),
    )
    organisation.write("ManualJournals", record)


def _void_journal(organisation: Organisation, rng: Random) -> None:
    row = _pick(organisation, rng, "ManualJournals", lambda row: row.status == "POSTED")
    organisation.write("ManualJournals", row.read() | {"Status": "VOIDED"})


def _move_due_date(organisation: Organisation, rng: Random) -> None:
    row = _open_invoice(organisation, rng)
    if not has_settlements(row.read()):
        raise LookupError("part-paid")
    day = organisation.clock.now().date() + timedelta(days=rng.randrange(1, 60))
    edit_invoice(organisation, row.id, {"DueDate": day.isoformat()})


def _rename_contact(organisation: Organisation, rng: Random) -> None:
    contact = _active_contact(organisation, rng)
    edit_contact(organisation, contact["ContactID"], {"Name": f"{contact['Name']} {rng.randrange(10**6)}"})


_LOUD: tuple[tuple[str, Change], ...] = (
    ("invoice raised", _raise_invoice),
    ("invoice raised", _raise_invoice),
    ("invoice approved", _approve),
    ("draft deleted", _delete_draft),
    ("invoice voided", _void),
    ("invoice paid", _pay_all),
    ("invoice paid", _pay_all),
    ("invoice paid in part", _pay_part),
    ("invoice edited", _edit_invoice),
    ("payment deleted", _take_back_payment),
    ("contact added", _add_contact),
    ("contact edited", _edit_contact),
    ("contact archived", _archive_contact),
    ("credit note added", _add_credit),
    ("credit note voided", _void_credit),
    ("money spent", _spend_money),
    ("bank transaction deleted", _delete_bank_transaction),
    ("journal added", _add_journal),
    ("journal voided", _void_journal),
)
_SILENT: tuple[tuple[str, Change], ...] = (
    ("due date moved", _move_due_date),
    ("contact renamed", _rename_contact),
)
