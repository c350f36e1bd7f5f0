"""Which page of Xero shows a record; not every kind has one."""

from counterfoil.sync.app import get_addresses


def find_page(stream: str, xero_id: str, *, kind: str, short_code: str) -> str:
    """Return the record's own page in Xero, or nothing where Xero documents none; `kind` is its `Type`."""
    addresses = get_addresses()
    if not short_code:
        return ""
    match stream, kind:
        case "Invoices", "ACCPAY":
            return addresses.bill_page(short_code, xero_id)
        case "Invoices", "ACCREC":
            return addresses.sales_invoice_page(short_code, xero_id)
        case "Contacts", _:
            return addresses.contact_page(short_code, xero_id)
        case "CreditNotes", "ACCPAYCREDIT":
            return addresses.credit_note_page(short_code, xero_id)
        case "BankTransactions", _:
            return addresses.bank_transaction_page(short_code, xero_id)
        case "ManualJournals", _:
            return addresses.manual_journal_page(xero_id)
        case _:
            return ""
