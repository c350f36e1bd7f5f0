"""Billable expenses: what a link's status says follows from the documents at its ends (FACTS 7.6)."""

from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.rows import Record

_APPROVED = frozenset({"AUTHORISED", "PAID"})
_GONE = frozenset({"VOIDED", "DELETED"})


def derive_status(organisation: Organisation, link: Record) -> str:
    """Return DRAFT, APPROVED, ONDRAFT, BILLED or VOIDED."""
    endpoint = "BankTransactions" if link["SourceTransactionTypeCode"] == "SPEND" else "Invoices"
    source = organisation.tables[endpoint].rows.get(link["SourceTransactionID"])
    if source is None or source.status in _GONE:
        return "VOIDED"
    if source.status not in _APPROVED:
        return "DRAFT"
    target = organisation.tables["Invoices"].rows.get(link.get("TargetTransactionID", ""))
    if target is None or target.status in _GONE:
        return "APPROVED"
    return "BILLED" if target.status in _APPROVED else "ONDRAFT"


def refresh_links(organisation: Organisation, document_id: str) -> None:
    """Bring the status of every link of a document up to date."""
    for row in list(organisation.tables["LinkedTransactions"]):
        link = row.read()
        if document_id not in {link["SourceTransactionID"], link.get("TargetTransactionID")}:
            continue
        status = derive_status(organisation, link)
        if status != link["Status"]:
            organisation.write("LinkedTransactions", link | {"Status": status})
