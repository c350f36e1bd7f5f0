"""ProfitAndLoss, BalanceSheet and TrialBalance in Xero's rows and cells (FACTS 7.11)."""

from collections.abc import Iterable, Sequence
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
            is_cash = params.get("paymentsOnly", "").lower() == "true"
            return _profit_and_loss(organisation, _list_spans(start, end, params), is_cash=is_cash)
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


_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


def _list_spans(start: date, end: date, params: dict[str, str]) -> list[tuple[date, date]]:
    """Return the span that is asked for and those before it to compare with, the newest first."""
    periods = min(int(params.get("periods") or 0), 12)
    months = _MONTHS.get(params.get("timeframe", "MONTH").upper())
    if months is None:
        raise ValueError(f"timeframe must be one of {', '.join(_MONTHS)}")
    is_whole = end == _end_of_month(end)
    spans = [(start, end)]
    for number in range(1, periods + 1):
        last = _shift(end, -months * number)
        spans.append((_shift(start, -months * number), _end_of_month(last) if is_whole else last))
    return spans


def _shift(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    return first.replace(day=min(day.day, _end_of_month(first).day))


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
    accounts: Iterable[Record], columns: Sequence[dict[str, int]], *, types: frozenset[str], sign: int
) -> tuple[list[Record], list[int]]:
    """Return a row for each account of these types that has anything, and the total of every column."""
    rows, totals = [], [0] * len(columns)
    for account in accounts:
        if account["Type"] not in types:
            continue
        cents = [sign * balances.get(account["Code"], 0) for balances in columns]
        if any(cents):
            rows.append(_row(account, *map(_text, cents)))
            totals = [total + one for total, one in zip(totals, cents, strict=True)]
    return rows, totals


def _profit_and_loss(
    organisation: Organisation, spans: Sequence[tuple[date, date]], *, is_cash: bool
) -> Record:
    accounts = _accounts(organisation)
    days = [(to_ms(start), to_ms(end)) for start, end in spans]
    columns = sum_entries(organisation, days, is_cash=is_cash)
    income, incomes = _listed(
        accounts, columns, types=frozenset({"REVENUE", "SALES", "OTHERINCOME"}), sign=-1
    )
    costs, costs_totals = _listed(accounts, columns, types=frozenset({"DIRECTCOSTS"}), sign=1)
    overheads, overheads_totals = _listed(
        accounts, columns, types=frozenset({"OVERHEADS", "EXPENSE", "DEPRECIATN"}), sign=1
    )
    gross = [one - other for one, other in zip(incomes, costs_totals, strict=True)]
    net = [one - other for one, other in zip(gross, overheads_totals, strict=True)]
    rows = [
        _header("", *(_long(end) for _, end in spans)),
        _section("Income", [*income, _summary("Total Income", *map(_text, incomes))]),
        _section("Less Cost of Sales", [*costs, _summary("Total Cost of Sales", *map(_text, costs_totals))]),
        _section("", [_plain("Gross Profit", *gross)]),
        _section(
            "Less Operating Expenses",
            [*overheads, _summary("Total Operating Expenses", *map(_text, overheads_totals))],
        ),
        _section("", [_plain("Net Profit", *net)]),
    ]
    start, end = spans[0]
    return _report(organisation, "ProfitAndLoss", "Profit and Loss", rows, f"{_long(start)} to {_long(end)}")


def _plain(label: str, *cents: int) -> Record:
    return {"RowType": "Row", "Cells": [_cell(label), *(_cell(_text(one)) for one in cents)]}


def _balance_sheet(organisation: Organisation, day: date) -> Record:
    accounts = _accounts(organisation)
    begins = _begin_of_year(organisation, day)
    balances, this_year = sum_entries(organisation, [(None, to_ms(day)), (to_ms(begins), to_ms(day))])
    rows = [_header("", _long(day))]
    totals: dict[str, int] = {}
    for title, types, sign in (
        ("Bank", {"BANK"}, 1),
        ("Current Assets", {"CURRENT", "INVENTORY", "PREPAYMENT"}, 1),
        ("Fixed Assets", {"FIXED", "NONCURRENT"}, 1),
        ("Current Liabilities", {"CURRLIAB", "LIABILITY", "TERMLIAB"}, -1),
    ):
        listed, (totals[title],) = _listed(accounts, [balances], types=frozenset(types), sign=sign)
        rows.append(_section(title, [*listed, _summary(f"Total {title}", _text(totals[title]))]))
    equity, (equity_total,) = _listed(accounts, [balances], types=frozenset({"EQUITY"}), sign=-1)
    earnings, of_this_year = _earnings(accounts, balances), _earnings(accounts, this_year)
    net_assets = totals["Bank"] + totals["Current Assets"] + totals["Fixed Assets"]
    net_assets -= totals["Current Liabilities"]
    rows.append(_section("", [_plain("Net Assets", net_assets)]))
    equity.append(_plain("Current Year Earnings", of_this_year))
    equity.append(_plain("Retained Earnings", earnings - of_this_year))
    rows.append(_section("Equity", [*equity, _summary("Total Equity", _text(equity_total + earnings))]))
    return _report(organisation, "BalanceSheet", "Balance Sheet", rows, f"As at {_long(day)}")


def _earnings(accounts: Iterable[Record], balances: dict[str, int]) -> int:
    return -sum(
        balances.get(account["Code"], 0) for account in accounts if account["Class"] in {"REVENUE", "EXPENSE"}
    )


def _begin_of_year(organisation: Organisation, day: date) -> date:
    """Return the first day of the financial year that the day lies in."""
    profile = organisation.profile
    month, last = profile.get("FinancialYearEndMonth", 12), profile.get("FinancialYearEndDay", 31)
    for year in (day.year, day.year - 1):
        ends = _shift(date(year, 1, 1), month - 1)
        ends = ends.replace(day=min(last, _end_of_month(ends).day))
        if ends < day:
            return ends + timedelta(days=1)
    raise AssertionError("every day comes after the end of the year before last")


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
