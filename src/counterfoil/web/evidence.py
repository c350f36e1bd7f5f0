"""Where a record behind a difference can be looked at in Xero."""

from counterfoil.domain.proof import Evidence
from counterfoil.sync.app import get_addresses


def find_page_in_xero(record: Evidence, short_code: str) -> str:
    """Return the page of a record, or nothing where Xero has none for its kind."""
    addresses = get_addresses()
    match record.stream, record.kind:
        case "Contacts", _:
            return addresses.contact_page(short_code, record.xero_id)
        case "Invoices", "ACCPAY":
            return addresses.bill_page(short_code, record.xero_id)
        case "Invoices", "ACCREC":
            return addresses.sales_invoice_page(short_code, record.xero_id)
        case "CreditNotes", "ACCPAYCREDIT":
            return addresses.credit_note_page(short_code, record.xero_id)
        case "BankTransactions", _:
            return addresses.bank_transaction_page(short_code, record.xero_id)
        case "ManualJournals", _:
            return addresses.manual_journal_page(record.xero_id)
    return ""
