"""Reads Xero's reports: the lines of accounts, with every total added up again."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from counterfoil.xero.errors import AnswerNotUnderstood


@dataclass(frozen=True)
class ReportLine:
    """An account's line in a report: what stands in each of its columns."""

    account_id: str
    label: str
    section: str
    amounts: tuple[Decimal, ...]


def parse_lines(body: bytes, name: str) -> list[ReportLine]:
    """
    Return the lines of a report that belong to an account or to a section of accounts.

    Every section that has a total is added up, so that a line which could not be read is noticed.
    Cells are text and empty for nothing. Raises AnswerNotUnderstood.
    Source: Xero developer guide, "Reports".
    """
    try:
        sections = msgspec.json.decode(body)["Reports"][0]["Rows"]
        lines: list[ReportLine] = []
        for section in sections:
            if section["RowType"] == "Section":
                lines += _read_section(section)
    except (msgspec.DecodeError, LookupError, TypeError, ValueError, InvalidOperation):
        raise AnswerNotUnderstood(f"the {name} does not have its usual rows") from None
    return lines


def _read_section(section: Mapping[str, Any]) -> list[ReportLine]:
    rows = [(row["RowType"], row["Cells"]) for row in section.get("Rows", [])]
    title = str(section.get("Title") or "")
    lines = [
        ReportLine(
            _find_account(cells[0]), str(cells[0].get("Value")), title, tuple(map(_read_cell, cells[1:]))
        )
        for kind, cells in rows
        if kind == "Row"
    ]
    for kind, cells in rows:
        columns = zip(*(line.amounts for line in lines), strict=True)
        if kind == "SummaryRow" and lines and [*map(sum, columns)] != [*map(_read_cell, cells[1:])]:
            raise ValueError(title)
    return lines


def parse_trial_balance(body: bytes) -> dict[str, Decimal]:
    """
    Return the balance to date of every account in the report, by the account's id, debits positive.

    Cells are text and empty for nothing; the account's id is an attribute of its cells. Raises
    AnswerNotUnderstood. Source: Xero developer guide, "Reports".
    """
    try:
        rows = msgspec.json.decode(body)["Reports"][0]["Rows"]
        header = next(row for row in rows if row["RowType"] == "Header")
        titles = [cell.get("Value") for cell in header["Cells"]]
        debit, credit = titles.index("YTD Debit"), titles.index("YTD Credit")
        lines = [line for section in rows for line in section.get("Rows", [])]
        return {
            account: _read_cell(line["Cells"][debit]) - _read_cell(line["Cells"][credit])
            for line in lines
            if line["RowType"] == "Row" and (account := _find_account(line["Cells"][0]))
        }
    except (msgspec.DecodeError, LookupError, TypeError, ValueError, StopIteration, InvalidOperation):
        raise AnswerNotUnderstood("the trial balance does not have its usual rows") from None


def _read_cell(cell: Mapping[str, Any]) -> Decimal:
    text = cell.get("Value") or "0"
    return Decimal(text.replace(",", ""))


def _find_account(cell: Mapping[str, Any]) -> str:
    for attribute in cell.get("Attributes", []):
        if attribute.get("Id") == "account":
            return str(attribute["Value"])
    return ""
