"""Repeating invoices raise invoices when their day comes (FACTS 7.7)."""

from calendar import monthrange
from datetime import date, timedelta

from xero_sandbox.books.documents import build_invoice, read_day
from xero_sandbox.books.invoices import claim_number
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.rows import Record
from xero_sandbox.generate.regions import REGIONS
from xero_sandbox.wire.datekit import render_day

_LIVE = frozenset({"DRAFT", "AUTHORISED"})


def raise_due_invoices(organisation: Organisation) -> int:
    """Raise every invoice whose scheduled day has come, one for each time; return how many."""
    today = organisation.today()
    raised = 0
    for row in list(organisation.tables["RepeatingInvoices"]):
        if row.status not in _LIVE:
            continue
        template = row.read()
        schedule = template["Schedule"]
        day = read_day(schedule, "NextScheduledDate")
        last = read_day(schedule, "EndDate")
        before = raised
        while day is not None and day <= today and (last is None or day <= last):
            _raise(organisation, template, day)
            raised += 1
            day = step(schedule, day)
        if raised > before and day is not None:
            schedule["NextScheduledDate"] = render_day(day)
            organisation.write("RepeatingInvoices", template, stamp=False)
    return raised


def step(schedule: Record, day: date) -> date:
    """Return the day after `day` on which the schedule comes round again."""
    if schedule["Unit"] == "WEEKLY":
        return day + timedelta(weeks=schedule["Period"])
    months = day.year * 12 + day.month - 1 + schedule["Period"]
    year, month = divmod(months, 12)
    start = read_day(schedule, "StartDate") or day
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def work_out_due(schedule: Record, day: date) -> date:
    """Return when an invoice of this schedule is due."""
    number, kind = schedule["DueDate"], schedule["DueDateType"]
    if kind in {"OFCURRENTMONTH", "OFFOLLOWINGMONTH"}:
        first = day.replace(day=1)
        if kind == "OFFOLLOWINGMONTH":
            first = (first + timedelta(days=32)).replace(day=1)
        return first.replace(day=min(max(number, 1), monthrange(first.year, first.month)[1]))
    if kind in {"DAYSAFTERBILLMONTH", "DAYSAFTERINVOICEMONTH"}:
        day = day.replace(day=monthrange(day.year, day.month)[1])
    return day + timedelta(days=number)


def _raise(organisation: Organisation, template: Record, day: date) -> None:
    is_base = template["CurrencyCode"] == organisation.profile["BaseCurrency"]
    rate = 1.0 if is_base else REGIONS[organisation.country].foreign.get(template["CurrencyCode"], 1.0)
    invoice = build_invoice(
        invoice_id=organisation.new_id(),
        kind=template["Type"],
        contact=template["Contact"],
        lines=[line | {"LineItemID": organisation.new_id()} for line in template["LineItems"]],
        day=day,
        due=work_out_due(template["Schedule"], day),
        status=template["Status"],
        amounts=template["LineAmountTypes"],
        number=claim_number(organisation, template["Type"], None),
        reference=template.get("Reference", ""),
        currency=template["CurrencyCode"],
        currency_rate=rate,
        branding_theme_id=template.get("BrandingThemeID")
        or next(iter(organisation.tables["BrandingThemes"].rows)),
    )
    organisation.write("Invoices", invoice | {"RepeatingInvoiceID": template["RepeatingInvoiceID"]})
