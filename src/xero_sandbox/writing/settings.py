"""Accounts, tax rates, tracking, currencies and items through the API (FACTS 7.7)."""

from decimal import ROUND_HALF_UP, Decimal

from xero_sandbox.books.currencies import CURRENCY_CODES
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import ActRefused, WrongDocument
from xero_sandbox.books.rows import Record
from xero_sandbox.generate.regions import CLASS_BY_TYPE, TAX_REPORTED
from xero_sandbox.writing.shapes import FLAG, GUID, NUMBER, TEXT, Element, Shape, dump
from xero_sandbox.writing.write import Write, check_length, choose, find_account

ACCOUNT: Shape = {
    "AccountID": GUID,
    **dict.fromkeys(
        (
            *("Code", "Name", "Type", "Status", "Description", "TaxType"),
            *("BankAccountNumber", "BankAccountType", "CurrencyCode"),
        ),
        TEXT,
    ),
    **dict.fromkeys(("EnablePaymentsToAccount", "ShowInExpenseClaims", "AddToWatchlist"), FLAG),
}
TAX_RATE: Shape = {
    **dict.fromkeys(("Name", "TaxType", "Status", "ReportTaxType"), TEXT),
    "TaxComponents": [{"Name": TEXT, "Rate": NUMBER, "IsCompound": FLAG, "IsNonRecoverable": FLAG}],
}
CURRENCY: Shape = {"Code": TEXT, "Description": TEXT}
_DETAILS: Shape = {"UnitPrice": NUMBER, "AccountCode": TEXT, "COGSAccountCode": TEXT, "TaxType": TEXT}
ITEM: Shape = {
    "ItemID": GUID,
    **dict.fromkeys(("Code", "Name", "Description", "PurchaseDescription"), TEXT),
    **dict.fromkeys(("IsSold", "IsPurchased"), FLAG),
    "SalesDetails": _DETAILS,
    "PurchaseDetails": _DETAILS,
}


_BANK_KINDS = ("BANK", "CREDITCARD", "PAYPAL")
_ONLY_OF_BANKS = frozenset({"BankAccountType", "CurrencyCode"})


def save_account(write: Write, element: Element) -> Record:
    """Add an account, change it or archive it. Raises ActRefused."""
    books = write.books
    if write.record_id is None:
        account = _new_account(books, element)
    else:
        account = books.read("Accounts", write.record_id)
        if account["Type"] == "BANK" and set(element) - {"Status", "AccountID", "Code"}:
            raise ActRefused("Bank accounts cannot be updated via the API.")
        if account.get("SystemAccount") and {"Status", "Type"} & set(element):
            raise ActRefused("System accounts cannot be archived or change their type.")
    problems: list[str] = []
    check_length(element, problems, Code=10, Name=150, Description=4000)
    for name, sentence in (
        ("Code", "Please enter a unique Code."),
        ("Name", "Please enter a unique Name."),
    ):
        wanted = element.get(name, "").lower()
        if wanted and any(
            row.id != account["AccountID"] and row.read().get(name, "").lower() == wanted
            for row in books.tables["Accounts"]
        ):
            problems.append(sentence)
    tax_type = element.get("TaxType")
    if tax_type is not None and tax_type not in books.tables["TaxRates"].rows:
        problems.append(f"The TaxType code '{tax_type}' does not exist.")
    if problems:
        raise ActRefused(*problems)
    chosen = {
        "Status": choose(element, "Status", ("ACTIVE", "ARCHIVED"), account["Status"]),
        "Type": choose(element, "Type", CLASS_BY_TYPE, account["Type"]),
    }
    if chosen["Type"] == "BANK":
        chosen["BankAccountType"] = choose(element, "BankAccountType", _BANK_KINDS, "BANK")
        chosen["CurrencyCode"] = str(
            element.get("CurrencyCode") or account.get("CurrencyCode") or books.profile["BaseCurrency"]
        ).upper()
        if chosen["CurrencyCode"] not in books.tables["Currencies"].rows:
            raise ActRefused(f"Organisation is not subscribed to currency {chosen['CurrencyCode']}")
    changes = {key: value for key, value in dump(element).items() if key not in _ONLY_OF_BANKS}
    account |= changes | chosen | {"AccountID": account["AccountID"]}
    account["Class"] = CLASS_BY_TYPE[account["Type"]]
    return books.write("Accounts", account)


def _new_account(books: Organisation, element: Element) -> Record:
    type_ = choose(element, "Type", CLASS_BY_TYPE, "")
    missing = [
        f"{name} must be specified." for name in ("Code", "Name", "Type") if not element.get(name, "").strip()
    ]
    if missing:
        raise ActRefused(*missing)
    if type_ == "BANK" and not element.get("BankAccountNumber"):
        raise ActRefused("You must include a bank account number when creating a bank account.")
    account: Record = {
        "AccountID": books.new_id(),
        "Code": element["Code"],
        "Name": element["Name"],
        "Status": "ACTIVE",
        "Type": type_,
        "TaxType": "NONE",
        "Description": "",
        "Class": CLASS_BY_TYPE[type_],
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        "ReportingCode": "",
        "ReportingCodeName": "",
        "HasAttachments": False,
        "UpdatedDateUTC": "",
        "AddToWatchlist": False,
    }
    if type_ == "BANK":
        account |= {"BankAccountType": "BANK", "CurrencyCode": books.profile["BaseCurrency"]}
    return account


def delete_account(write: Write) -> Record:
    """Delete an account that nothing uses, and return it. Raises ActRefused."""
    books = write.books
    account = books.read("Accounts", write.record_id or "")
    if account.get("SystemAccount") or _is_used(books, account):
        raise ActRefused("This account cannot be deleted because it is in use; archive it instead.")
    books.remove("Accounts", account["AccountID"])
    return account | {"Status": "DELETED"}


def _is_used(books: Organisation, account: Record) -> bool:
    mark = account["AccountID"].encode()
    endpoints = ("Invoices", "CreditNotes", "BankTransactions", "ManualJournals", "Payments", "Prepayments")
    return any(mark in row.body for endpoint in endpoints for row in books.tables[endpoint])


def save_tax_rate(write: Write, element: Element) -> Record:
    """Add a tax rate of the organisation's own, change or delete it. Raises ActRefused."""
    books = write.books
    table = books.tables["TaxRates"]
    known = table.rows.get(element.get("TaxType", ""))
    if known is None:
        known = next((row for row in table if row.read()["Name"] == element.get("Name")), None)
    if known is not None and not write.creating:
        return _change_tax_rate(books, known.read(), element)
    if known is not None or not element.get("Name", "").strip():
        raise ActRefused("Tax rate Name must be specified and unique.")
    if not element.get("TaxComponents"):
        raise ActRefused("At least one tax component must be specified.")
    if books.country in TAX_REPORTED and not element.get("ReportTaxType"):
        raise ActRefused("ReportTaxType must be specified.")
    number = 1
    while f"TAX{number:03d}" in table.rows:
        number += 1
    rate: Record = {"Name": element["Name"], "TaxType": f"TAX{number:03d}", "Status": "ACTIVE"}
    kind = element.get("ReportTaxType", "OUTPUT").upper()
    if kind not in {row.read()["ReportTaxType"] for row in table}:
        raise ActRefused(f"ReportTaxType '{kind}' is not valid")
    rate |= {"ReportTaxType": kind}
    rate |= dict.fromkeys(("CanApplyToAssets", "CanApplyToEquity", "CanApplyToExpenses"), True)
    rate |= dict.fromkeys(("CanApplyToLiabilities", "CanApplyToRevenue"), True)
    _set_components(rate, element)
    return books.write("TaxRates", rate, stamp=False)


def _change_tax_rate(books: Organisation, rate: Record, element: Element) -> Record:
    if not rate["TaxType"].startswith("TAX0"):
        raise ActRefused("System tax rates cannot be changed.")
    rate["Status"] = choose(element, "Status", ("ACTIVE", "DELETED"), rate["Status"])
    rate["Name"] = element.get("Name", rate["Name"])
    if "TaxComponents" in element:
        _set_components(rate, element)
    return books.write("TaxRates", rate, stamp=False)


def _set_components(rate: Record, element: Element) -> None:
    components = dump({"all": element["TaxComponents"]})["all"]
    for component in components:
        if not component.get("Name") or not 0 <= component.get("Rate", -1) <= 100:
            raise ActRefused("Each tax component needs a Name and a Rate between 0 and 100.")
    rate["TaxComponents"] = [{"IsCompound": False, "IsNonRecoverable": False} | item for item in components]
    if sum(item["IsCompound"] for item in rate["TaxComponents"]) > 1:
        raise ActRefused("Only one tax component of a tax rate can be compound.")
    simple, compound = Decimal(0), Decimal(0)
    for component in rate["TaxComponents"]:
        if component["IsCompound"]:
            compound += Decimal(str(component["Rate"]))
        else:
            simple += Decimal(str(component["Rate"]))
    # A compound component is charged on the amount and on the other components.
    effective = simple + compound * (100 + simple) / 100
    rate["DisplayTaxRate"] = float(round(simple + compound, 4))
    rate["EffectiveRate"] = float(effective.quantize(Decimal("0.0001"), ROUND_HALF_UP))


def save_currency(write: Write, element: Element) -> Record:
    """Let the organisation deal in one more currency. Raises ActRefused."""
    code = element.get("Code", "").upper()
    if code not in CURRENCY_CODES:
        raise ActRefused(f"Currency code '{code}' is not valid")
    record = {"Code": code, "Description": element.get("Description", code)}
    return write.books.write("Currencies", record, stamp=False)


def save_item(write: Write, element: Element) -> Record:
    """Add an item or change the one that an id or code means. Raises ActRefused."""
    books = write.books
    table = books.tables["Items"]
    wanted = write.record_id or (None if write.creating else element.get("ItemID"))
    row = table.find(wanted) if wanted else None
    if wanted and row is None:
        raise WrongDocument
    code = element.get("Code", "").strip()
    same = table.find(code) if code else None
    if row is None and same is not None:
        if write.creating:
            raise ActRefused(f"Price List Item with Code '{code}' already exists")
        row = same
    if row is not None and same is not None and same.id != row.id:
        raise ActRefused(f"Price List Item with Code '{code}' already exists")
    if row is None and not code:
        raise ActRefused("Item Code is required")
    problems: list[str] = []
    check_length(element, problems, Code=30, Name=50, Description=4000, PurchaseDescription=4000)
    for details in (element.get("SalesDetails", {}), element.get("PurchaseDetails", {})):
        account = details.get("AccountCode")
        if account and find_account(books, {"Code": account}) is None:
            problems.append(f"Account code '{account}' is not a valid code for this document.")
    if problems:
        raise ActRefused(*problems)
    item: Record = (
        row.read()
        if row is not None
        else {
            "ItemID": books.new_id(),
            "Code": code,
            "Description": "",
            "PurchaseDescription": "",
            "UpdatedDateUTC": "",
            "PurchaseDetails": {},
            "SalesDetails": {},
            "Name": element.get("Name", code),
            "IsTrackedAsInventory": False,
            "IsSold": True,
            "IsPurchased": bool(element.get("PurchaseDetails")),
        }
    )
    changes = dump({key: value for key, value in element.items() if key != "ItemID"})
    for member in ("SalesDetails", "PurchaseDetails"):
        if member in changes:
            changes[member] = item[member] | changes[member]
    return books.write("Items", item | changes)
