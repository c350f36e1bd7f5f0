"""ProfitAndLoss, BalanceSheet and TrialBalance in Xero's rows and cells (FACTS 7.11)."""

from collections.abc import Iterable
from datetime import date, timedelta

from xero_sandbox.accounting.aged import AGED, build_aged_rows
from xero_sandbox.books.ledger import sum_entries
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.rows import Record
from xero_sandbox.wire.datekit import parse_day, to_ms


def build_report(organisation: Organisation, name: str, params: dict[str, str]) -> Record:
    """Return a report, or raise ValueError when a date cannot be read."""
    today = organisation.clock.now().date()
    match name.lower():
        case "profitandloss":
            start = _read_day(params, "fromDate", today.replace(day=1))
            end = _read_day(params, "toDate", _end_of_month(today))
            return _profit_and_loss(organisation, start, end)
        case "agedreceivablesbycontact" | "agedpayablesbycontact":
            return _aged(organisation, name, params, _read_day(params, "date", today))
        case "balancesheet":
            return _balance_sheet(organisation, _read_day(params, "date", today))
        case _:
            return _trial_balance(organisation, _read_day(params, "date", today))


def _aged(organisation: Organisation, name: str, params: dict[str, str], day: date) -> Record:
    span = tuple(parse_day(params[field]) if params.get(field) else None for field in ("fromDate", "toDate"))
    contact_id = params.get("contactId", params.get("contactID", "")).lower()
    rows = build_aged_rows(organisation, AGED[name.lower()], contact_id, day, (span[0], span[1]))
    receivable = AGED[name.lower()] == "ACCREC"
    title = "Aged Receivables By Contact" if receivable else "Aged Payables By Contact"
    code = "AgedReceivablesByContact" if receivable else "AgedPayablesByContact"
    return _report(organisation, code, title, rows, f"As at {_long(day)}")


def _read_day(params: dict[str, str], name: str, default: date) -> date:
    text = params.get(name)
    return parse_day(text) if text else default


def _end_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _accounts(organisation: Organisation) -> list[Record]:
    accounts = [row.read() for row in organisation.tables["Accounts"]]
    return sorted(accounts, key=lambda account: str(account["Code"]))


def _text(cents: int) -> str:
    return f"{cents / 100:.2f}"


def _cell(value: str, account: Record | None = None) -> Record:
    if account is None:
        return {"Value": value}
    return {"Value": value, "Attributes": [{"Value": account["AccountID"], "Id": "account"}]}


def _row(account: Record, *values: str) -> Record:
    label = _cell(account["Name"], account)
    return {"RowType": "Row", "Cells": [label, *(_cell(value, account) for value in values)]}


def _summary(label: str, *values: str) -> Record:
    return {"RowType": "SummaryRow", "Cells": [_cell(label), *(_cell(value) for value in values)]}


def _header(*values: str) -> Record:
    return {"RowType": "Header", "Cells": [_cell(value) for value in values]}


def _section(title: str, rows: list[Record]) -> Record:
    return {"RowType": "Section", "Title": title, "Rows": rows}


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _report(organisation: Organisation, name: str, title: str, rows: list[Record], span: str) -> Record:
    now = organisation.clock.now()
    return {
        "ReportID": name,
        "ReportName": title,
        "ReportType": name,
        "ReportTitles": [title, organisation.name, span],
        "ReportDate": _long(now.date()),
        "UpdatedDateUTC": f"/Date({organisation.clock.now_ms()})/",
        "Fields": [],
        "Rows": rows,
    }


def _listed(
    accounts: Iterable[Record], balances: dict[str, int], *, types: frozenset[str], sign: int
) -> tuple[list[Record], int]:
    rows, total = [], 0
    for account in accounts:
        cents = sign * balances.get(account["Code"], 0)
        if account["Type"] in types and cents:
            rows.append(_row(account, _text(cents)))
            total += cents
    return rows, total


def _profit_and_loss(organisation: Organisation, start: date, end: date) -> Record:
    accounts = _accounts(organisation)
    (balances,) = sum_entries(organisation, [(to_ms(start), to_ms(end))])
    income, income_total = _listed(
        accounts, balances, types=frozenset({"REVENUE", "SALES", "OTHERINCOME"}), sign=-1
    )
    costs, costs_total = _listed(accounts, balances, types=frozenset({"DIRECTCOSTS"}), sign=1)
    overheads, overheads_total = _listed(
        accounts, balances, types=frozenset({"OVERHEADS", "EXPENSE", "DEPRECIATN"}), sign=1
    )
    rows = [
        _header("", _long(end)),
        _section("Income", [*income, _summary("Total Income", _text(income_total))]),
        _section("Less Cost of Sales", [*costs, _summary("Total Cost of Sales", _text(costs_total))]),
        _section("", [_plain("Gross Profit", income_total - costs_total)]),
        _section(
            "Less Operating Expenses",
            [*overheads, _summary("Total Operating Expenses", _text(overheads_total))],
        ),
        _section("", [_plain("Net Profit", income_total - costs_total - overheads_total)]),
    ]
    return _report(organisation, "ProfitAndLoss", "Profit and Loss", rows, f"{_long(start)} to {_long(end)}")


def _plain(label: str, cents: int) -> Record:
    return {"RowType": "Row", "Cells": [_cell(label), _cell(_text(cents))]}


def _balance_sheet(organisation: Organisation, day: date) -> Record:
    accounts = _accounts(organisation)
    (balances,) = sum_entries(organisation, [(None, to_ms(day))])
    rows = [_header("", _long(day))]
    totals: dict[str, int] = {}
    for title, types, sign in (
        ("Bank", {"BANK"}, 1),
        ("Current Assets", {"CURRENT", "INVENTORY", "PREPAYMENT"}, 1),
        ("Fixed Assets", {"FIXED", "NONCURRENT"}, 1),
        ("Current Liabilities", {"CURRLIAB", "LIABILITY", "TERMLIAB"}, -1),
    ):
        listed, totals[title] = _listed(accounts, balances, types=frozenset(types), sign=sign)
        rows.append(_section(title, [*listed, _summary(f"Total {title}", _text(totals[title]))]))
    equity, equity_total = _listed(accounts, balances, types=frozenset({"EQUITY"}), sign=-1)
    earnings = -sum(
        balances.get(account["Code"], 0) for account in accounts if account["Class"] in {"REVENUE", "EXPENSE"}
    )
    net_assets = totals["Bank"] + totals["Current Assets"] + totals["Fixed Assets"]
    net_assets -= totals["Current Liabilities"]
    rows.append(_section("", [_plain("Net Assets", net_assets)]))
    equity.append(_plain("Current Year Earnings", earnings))
    rows.append(_section("Equity", [*equity, _summary("Total Equity", _text(equity_total + earnings))]))
    return _report(organisation, "BalanceSheet", "Balance Sheet", rows, f"As at {_long(day)}")


_TRIAL_SECTIONS = {
    "Revenue": "REVENUE",
    "Expenses": "EXPENSE",
    "Assets": "ASSET",
    "Liabilities": "LIABILITY",
    "Equity": "EQUITY",
}


def _trial_balance(organisation: Organisation, day: date) -> Record:
    spans = [(None, to_ms(day)), (to_ms(day.replace(day=1)), to_ms(day))]
    balances, month = sum_entries(organisation, spans)
    rows = [_header("Account", "Debit", "Credit", "YTD Debit", "YTD Credit")]
    sums = [0, 0, 0, 0]
    accounts = _accounts(organisation)
    for title, class_ in _TRIAL_SECTIONS.items():
        listed: list[Record] = []
        for account in accounts:
            if account["Class"] != class_ or not balances.get(account["Code"]):
                continue
            pair = [*_sides(month.get(account["Code"], 0)), *_sides(balances[account["Code"]])]
            sums = [total + cents for total, cents in zip(sums, pair, strict=True)]
            labelled = account | {"Name": f"{account['Name']} ({account['Code']})"}
            listed.append(_row(labelled, *(_text(cents) if cents else "" for cents in pair)))
        if listed:
            rows.append(_section(title, listed))
    rows.append(_section("", [_summary("Total", *(_text(cents) for cents in sums))]))
    return _report(organisation, "TrialBalance", "Trial Balance", rows, f"As at {_long(day)}")


def _sides(cents: int) -> tuple[int, int]:
    return (cents, 0) if cents > 0 else (0, -cents)
