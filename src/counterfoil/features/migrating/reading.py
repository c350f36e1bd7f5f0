"""Reads the file of an earlier tool: whatever its columns are called, no line is left out. Pure."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_NAMES: Mapping[str, tuple[str, ...]] = {
    "kind": ("kind", "type", "record type"),
    "contact_id": ("contact id", "xero contact id", "customer id", "client id"),
    "invoice_id": ("invoice id", "xero invoice id"),
    "payment_id": ("payment id", "xero payment id"),
    "contact_number": ("contact number", "client number", "customer number", "account number"),
    "invoice_number": ("invoice number", "invoice no", "invoice"),
    "payment_number": ("payment number", "payment reference", "payment"),
    "name": (
        "client",
        "client name",
        "customer",
        "customer name",
        "contact",
        "contact name",
        "company",
        "name",
    ),
    "amount": ("amount", "payment amount", "total"),
}

LONGEST_FILE = 20 * 1024 * 1024


class NotATable(ValueError):
    """The file is no CSV with a line of column names; the sentence says what was found instead."""


@dataclass(frozen=True)
class Line:
    """One line as it is understood; `said` is the line itself, by the file's own column names."""

    line: int
    kind: str
    xero_id: str
    number: str
    name: str
    amount: Decimal | None
    said: dict[str, str]


def read_lines(content: bytes) -> list[Line]:
    """
    Return every line of a CSV file with column names; commas, semicolons and tabs may part the cells.

    A line of which nothing is understood is of kind "other". Raises NotATable.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    parting = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=parting)
    try:
        heads = [head.strip() for head in next(rows, [])]
        columns = _recognise(heads)
        if not columns:
            raise NotATable(
                "No column is known. The first line must hold names such as “Client”, “Contact ID”,"
                " “Invoice Number”, “Payment ID”, “Amount”."
            )
        return [_read_line(rows.line_num, heads, cells, columns) for cells in rows if any(cells)]
    except csv.Error as error:
        raise NotATable(f"This is not a CSV file: {error}.") from error


def _recognise(heads: list[str]) -> dict[str, int]:
    simple = [" ".join(head.casefold().replace("_", " ").replace("-", " ").split()) for head in heads]
    found: dict[str, int] = {}
    for meaning, names in _NAMES.items():
        place = next((simple.index(name) for name in names if name in simple), None)
        if place is not None:
            found[meaning] = place
    return found


def _read_line(number: int, heads: list[str], cells: list[str], columns: Mapping[str, int]) -> Line:
    def cell(meaning: str) -> str:
        place = columns.get(meaning)
        return cells[place].strip() if place is not None and place < len(cells) else ""

    kind = _find_kind(cell)
    said = {
        head or f"column {place}": value
        for place, (head, value) in enumerate(zip(heads, cells, strict=False), 1)
    }
    said |= {f"column {place}": cells[place - 1] for place in range(len(heads) + 1, len(cells) + 1)}
    own = {"client": "contact", "invoice": "invoice", "payment": "payment"}.get(kind, "contact")
    return Line(
        line=number,
        kind=kind,
        xero_id=cell(f"{own}_id").lower()[:64],
        number=(cell(f"{own}_number") or (cell("invoice_number") if kind == "payment" else ""))[:255],
        name=cell("name")[:255],
        amount=_read_amount(cell("amount")),
        said=said,
    )


def _find_kind(cell: Callable[[str], str]) -> str:
    word = cell("kind").casefold()
    for kind, words in (
        ("client", ("client", "contact", "customer")),
        ("payment", ("payment",)),
        ("invoice", ("invoice", "bill")),
    ):
        if word.startswith(words):
            return kind
    if cell("payment_id") or cell("payment_number"):
        return "payment"
    if cell("invoice_id") or cell("invoice_number"):
        return "invoice"
    return "client" if cell("contact_id") or cell("contact_number") or cell("name") else "other"


def _read_amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text.replace(",", "").replace(" ", ""))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < 10**15 else None
