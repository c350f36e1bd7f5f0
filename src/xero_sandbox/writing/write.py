"""What every saved element needs to know, and small readings of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import ActRefused
from xero_sandbox.books.rows import Record
from xero_sandbox.writing.shapes import Element


@dataclass
class Write:
    """
    One element on its way into the books.

    `creating` is PUT, which never updates; `fine` keeps four decimals of a price (`unitdp=4`); `record_id`
    comes from the address. `warnings` go out beside a saved element.
    """

    books: Organisation
    creating: bool = False
    fine: bool = False
    record_id: str | None = None
    bumps_invoice: bool = True
    warnings: list[str] = field(default_factory=list)


def choose(element: Element, name: str, allowed: Iterable[str], default: str) -> str:
    """Return an enumerated member in its own spelling, whatever case was sent; raise ActRefused."""
    given = element.get(name)
    if given is None:
        return default
    for value in allowed:
        if value.lower() == given.lower():
            return value
    raise ActRefused(f"{name} '{given}' is not valid")


def check_length(record: Element, problems: list[str], **limits: int) -> None:
    """Note a problem for every text that is longer than Xero keeps."""
    for name, limit in limits.items():
        if len(record.get(name) or "") > limit:
            problems.append(f"The field {name} has a maximum length of {limit} characters.")


def find_account(books: Organisation, given: Element | None) -> Record | None:
    """Return the account that `AccountID` or `Code` names, or None."""
    if not given:
        return None
    if given.get("AccountID"):
        row = books.tables["Accounts"].rows.get(given["AccountID"])
        return row.read() if row else None
    code = given.get("Code")
    for row in books.tables["Accounts"]:
        account = row.read()
        if code and account.get("Code") == code:
            return account
    return None
