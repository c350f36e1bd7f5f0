"""Reads the file of an earlier tool: whatever its columns are called, no line is left out. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from counterfoil.domain.csvfile import NotATable, read_table

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
    Return every line of a CSV file with column names.

    A line of which nothing is understood is of kind "other". Raises NotATable.
    """
    table = read_table(content)
    columns = _recognise(table.heads)
    if not columns:
        raise NotATable(
            "No column is known. The first line must hold names such as “Client”, “Contact ID”,"
            " “Invoice Number”, “Payment ID”, “Amount”."
        )
    return [_read_line(row.line, table.heads, row.cells, columns) for row in table.rows]


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
