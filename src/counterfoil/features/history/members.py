"""
What Xero's members are called, and how their values are written for a person. Pure.

A member that is not named here is shown by Xero's own name, and a value that nobody knows as it came:
nothing is left out because it is new.
"""

import json
from collections.abc import Mapping
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any

from counterfoil.domain.wording import say_amount, say_number, say_unit_price
from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.wire.dates import parse_calendar_date, parse_instant

_NAMES = {
    "AccountsPayable": "Payable", "AccountsReceivable": "Receivable", "Balances": "Balance",
    "IsDiscounted": "Discounted",
    "AccountCode": "Account", "AccountNumber": "Account number", "AddressLine1": "Address line 1",
    "AddressLine2": "Address line 2", "AddressLine3": "Address line 3", "AddressLine4": "Address line 4",
    "Addresses": "Addresses", "Allocations": "Used for", "Amount": "Amount",
    "AmountCredited": "Amount credited",
    "AmountDue": "Amount due", "AmountPaid": "Amount paid", "AppliedAmount": "Amount applied",
    "AttentionTo": "Attention", "BankAccount": "Bank account", "BankAccountDetails": "Bank details",
    "BankAccountNumber": "Bank account number", "BankAmount": "Amount in the bank",
    "BatchPaymentID": "Batch payment",
    "BaseCurrency": "Base currency", "BrandingThemeID": "Branding theme", "City": "City", "Class": "Class",
    "Code": "Code", "CompanyNumber": "Company number", "Contact": "Contact", "ContactGroups": "Group",
    "ContactNumber": "Contact number", "ContactPersons": "Person", "ContactStatus": "Status",
    "Country": "Country", "CountryCode": "Country", "CreditNoteNumber": "Number",
    "CreditNotes": "Credit note",
    "CurrencyCode": "Currency", "CurrencyRate": "Currency rate", "Date": "Date", "DateString": "Date",
    "DefaultCurrency": "Usual currency", "Description": "Description", "DiscountAmount": "Discount",
    "DiscountRate": "Discount, %", "DisplayTaxRate": "Rate shown, %", "DueDate": "Due date",
    "DueDateString": "Due date", "EffectiveRate": "Rate, %", "EmailAddress": "E-mail",
    "EndOfYearLockDate": "Year locked up to", "ExpectedPaymentDate": "Payment expected",
    "FinancialYearEndDay": "Financial year ends on day",
    "FinancialYearEndMonth": "Financial year ends in month",
    "FirstName": "First name", "FullyPaidOnDate": "Fully paid on", "HasAttachments": "Attachments",
    "IncludeInEmails": "Gets e-mails", "InvoiceNumber": "Number", "IsCustomer": "Customer",
    "IsDemoCompany": "Demo company", "IsPurchased": "Bought", "IsReconciled": "Reconciled", "IsSold": "Sold",
    "IsSubscriber": "Subscriber", "IsSupplier": "Supplier", "IsTrackedAsInventory": "Tracked as inventory",
    "ItemCode": "Item", "JournalLines": "Line", "LastName": "Last name", "LegalName": "Legal name",
    "LineAmount": "Line amount", "LineAmountTypes": "Amounts are", "LineItems": "Line",
    "MergedToContactID": "Merged into", "Name": "Name", "Narration": "Narration",
    "NextScheduledDate": "Next on", "Option": "Option", "Options": "Option", "OrganisationRole": "Role",
    "OrganisationStatus": "Status", "Outstanding": "Outstanding", "Overdue": "Overdue",
    "Overpayments": "Overpayment", "PaymentDueDate": "Payment due", "PaymentType": "Kind",
    "Payments": "Payment",
    "Period": "Every", "PeriodLockDate": "Locked up to", "PhoneAreaCode": "Area code",
    "PhoneCountryCode": "Country code", "PhoneNumber": "Number", "Phones": "Phone",
    "PlannedPaymentDate": "Payment planned", "PostalCode": "Postal code", "Prepayments": "Prepayment",
    "PurchaseDescription": "Description when bought", "PurchaseDetails": "When bought",
    "Quantity": "Quantity",
    "Reference": "Reference", "Region": "Region", "RegistrationNumber": "Registration number",
    "RemainingCredit": "Credit left", "ReportDate": "Report of", "ReportName": "Report",
    "ReportingDate": "Reported on", "SalesDetails": "When sold", "Schedule": "Schedule",
    "SentToContact": "Sent to the contact", "ShortCode": "Xero's short code",
    "SortOrder": "Place in the list",
    "SourceTransactionTypeCode": "Paid as", "StartDate": "From", "Status": "Status", "SubTotal": "Net total",
    "SystemAccount": "System account", "TaxAmount": "Tax", "TaxComponents": "Component",
    "TaxNumber": "Tax number", "TaxType": "Tax rate", "Timezone": "Time zone", "Total": "Total",
    "TotalAmount": "Total", "TotalTax": "Tax", "Tracking": "Tracking", "Type": "Kind",
    "UnitAmount": "Unit price", "UnitPrice": "Unit price", "Unit": "Rhythm",
    "UpdatedDateUTC": "Changed in Xero",
    "Url": "Web address", "User": "User", "Website": "Website",
}  # fmt: skip

OUR_NAMES = frozenset(_NAMES.values())

AMOUNTS = frozenset({
    "Amount", "AmountCredited", "AmountDue", "AmountPaid", "AppliedAmount", "BankAmount", "DiscountAmount",
    "LineAmount", "Outstanding", "Overdue", "RemainingCredit", "SubTotal", "TaxAmount", "Total",
    "TotalAmount",
    "TotalTax",
})  # fmt: skip
# In the currency of the bank account, which need not be that of the document.
_OF_THE_BANK = frozenset({"BankAmount"})
_UNIT_PRICES = frozenset({"UnitAmount", "UnitPrice"})

# Xero writes these days twice; the text form says nothing more.
_TWINS = {"DateString": "Date", "DueDateString": "DueDate", "UpdatedDateUTCString": "UpdatedDateUTC"}

_DOCUMENTS = frozenset({"Invoices", "CreditNotes", "Prepayments", "Overpayments", "RepeatingInvoices"})
_STATUSES = {
    "ACTIVE": "Active", "APPROVED": "Approved", "ARCHIVED": "Archived", "AUTHORISED": "Approved",
    "BILLED": "Billed", "DELETED": "Deleted", "DRAFT": "Draft", "GDPRREQUEST": "Privacy request",
    "ONDRAFT": "On a draft", "PAID": "Paid", "PENDING": "Pending", "POSTED": "Posted",
    "SUBMITTED": "Awaiting approval", "VOIDED": "Voided",
}  # fmt: skip
_STATUS_MEMBERS = frozenset({"Status", "ContactStatus", "OrganisationStatus"})

_KINDS = {
    "ACCREC": "Sales invoice", "ACCPAY": "Bill", "ACCRECCREDIT": "Credit note given",
    "ACCPAYCREDIT": "Credit note received", "ACCRECPAYMENT": "Payment received",
    "ACCPAYPAYMENT": "Payment made",
    "ARCREDITPAYMENT": "Refund of a credit note given", "APCREDITPAYMENT": "Refund of a credit note received",
    "AROVERPAYMENTPAYMENT": "Refund of an overpayment received",
    "ARPREPAYMENTPAYMENT": "Refund of a prepayment received",
    "APPREPAYMENTPAYMENT": "Refund of a prepayment made",
    "APOVERPAYMENTPAYMENT": "Refund of an overpayment made",
    "RECEIVE": "Money received", "SPEND": "Money spent", "RECEIVE-TRANSFER": "Transfer in",
    "SPEND-TRANSFER": "Transfer out", "RECEIVE-PREPAYMENT": "Prepayment received",
    "SPEND-PREPAYMENT": "Prepayment made", "RECEIVE-OVERPAYMENT": "Overpayment received",
    "SPEND-OVERPAYMENT": "Overpayment made", "PAYBATCH": "Payments made", "RECBATCH": "Payments received",
    "BILLABLEEXPENSE": "Billable expense",
}  # fmt: skip

_WORDS = {
    "LineAmountTypes": {"Exclusive": "without tax", "Inclusive": "with tax", "NoTax": "free of tax"},
    "Type": _KINDS,
    "PaymentType": _KINDS,
    "SourceTransactionTypeCode": _KINDS,
    "Unit": {"WEEKLY": "week", "MONTHLY": "month"},
}


def name_member(member: str) -> str:
    """Return what a person calls the member; Xero's own name where nobody has named it here."""
    return _NAMES.get(member, member)


def drop_twins(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members without those that say the same as another one."""
    return {name: value for name, value in record.items() if _TWINS.get(name) not in record}


def say_value(member: str, value: Any, *, stream: str = "", currency: str = "", zone: tzinfo = UTC) -> str:
    """Return a scalar value in words; an empty text for what is empty, and what is nested as JSON."""
    match value:
        case None | "":
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | Decimal():
            return _say_number(member, Decimal(value), currency)
        case str():
            return _say_text(member, value, stream=stream, zone=zone)
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def _say_number(member: str, number: Decimal, currency: str) -> str:
    if member in _OF_THE_BANK:
        return say_amount(number, "")
    if member in AMOUNTS:
        return f"{say_amount(number, currency)} {currency}".strip()
    if member in _UNIT_PRICES:
        return f"{say_unit_price(number, currency)} {currency}".strip()
    return say_number(number)


def _say_text(member: str, text: str, *, stream: str, zone: tzinfo) -> str:
    if member in _STATUS_MEMBERS:
        if text == "AUTHORISED" and stream == "Invoices":
            return "Awaiting payment"
        return _STATUSES.get(text, text)
    if text.startswith("/Date(") or member in _TWINS:
        return _say_date(member, text, zone)
    return _WORDS.get(member, {}).get(text, text)


def _say_date(member: str, text: str, zone: tzinfo) -> str:
    try:
        if "UTC" in member:
            return f"{parse_instant(text).astimezone(zone):%-d %b %Y, %H:%M}"
        return f"{parse_calendar_date(text):%-d %b %Y}"
    except AnswerNotUnderstood:
        return text
