"""Which answer each path of the Accounting API gets."""

import asyncio

from xero_sandbox.accounting.aged import ContactMissing
from xero_sandbox.accounting.call import Call
from xero_sandbox.accounting.gate import missing_scope
from xero_sandbox.accounting.lists import HighVolume, is_heavy, render_page, select_page, wrap
from xero_sandbox.accounting.pdf import PRINTABLE, render_pdf
from xero_sandbox.accounting.query import MAX_PAGE_SIZE, parse_query
from xero_sandbox.accounting.reports import build_report
from xero_sandbox.accounting.single import (
    find_attachment,
    list_actions,
    list_attachments,
    render_record,
)
from xero_sandbox.books.catalogue import ATTACHMENTS, Resource, envelope_key, get_resource
from xero_sandbox.books.rows import Row, encode
from xero_sandbox.wire.answers import Answer, not_found, problem, query_refused, refused
from xero_sandbox.wire.scopes import REPORT_SCOPES
from xero_sandbox.wire.where import QueryRefused
from xero_sandbox.writing.endpoint import answer_write


async def answer_call(call: Call) -> Answer:
    """Return the answer to an admitted call."""
    if _role_forbids(call):
        return problem(403, "Forbidden", "AuthenticationUnsuccessful", correlation_id=call.correlation_id)
    if call.path[0].lower() == "reports":
        return await _answer_report(call)
    resource = get_resource(call.path[0])
    if resource is None or _lacks(resource, call):
        return not_found()
    is_attachment = len(call.path) > 2 and call.path[2].lower() == "attachments"
    if not call.allows(ATTACHMENTS if is_attachment else resource.scopes):
        return missing_scope(call.correlation_id)
    if call.request.method != "GET":
        return await answer_write(call, resource)
    if is_attachment:
        return _answer_attachments(call, resource)
    if len(call.path) == 1:
        return await _answer_list(call, resource)
    return _answer_single(call, resource)


_WITHOUT_SINGLE = frozenset({"Currencies"})
_WITHOUT_HISTORY = frozenset(
    {
        "Organisation",
        "Users",
        "Currencies",
        "Accounts",
        "TaxRates",
        "TrackingCategories",
        "BrandingThemes",
        "ContactGroups",
        "LinkedTransactions",
    }
)
_WITHOUT_FILES = frozenset({"Prepayments", "Overpayments"})


def _lacks(resource: Resource, call: Call) -> bool:
    """Return whether Xero has no such address: its OpenAPI file knows none."""
    if len(call.path) == 2:
        return resource.name in _WITHOUT_SINGLE and call.request.method == "GET"
    below = call.path[2].lower() if len(call.path) > 2 else ""
    return (below == "history" and resource.name in _WITHOUT_HISTORY) or (
        below == "attachments" and resource.name in _WITHOUT_FILES
    )


_NEED_REPORTS_PERMISSION = frozenset({"reports", "manualjournals"})


def _role_forbids(call: Call) -> bool:
    """Return whether the connecting person's role lacks the right (FACTS 2.3)."""
    match call.books.role:
        case "STANDARD":
            return call.path[0].lower() in _NEED_REPORTS_PERMISSION
        case "READONLY":
            return call.request.method != "GET"
        case _:
            return False


async def _answer_list(call: Call, resource: Resource) -> Answer:
    query = parse_query(resource, call.request.query_params, call.request.headers.get("if-modified-since"))
    table = call.books.tables[resource.name]
    inclusive = call.world.settings.modified_since_inclusive
    heavy = is_heavy(table, query)
    try:
        if heavy:
            page = await asyncio.to_thread(select_page, table, query, inclusive=inclusive)
        else:
            page = select_page(table, query, inclusive=inclusive)
    except QueryRefused as error:
        return query_refused(str(error))
    except HighVolume as error:
        return refused(51, "HighVolumeException", str(error))
    envelope = call.envelope()
    if heavy or (query.page is None and len(page.rows) > MAX_PAGE_SIZE):
        return Answer(await asyncio.to_thread(render_page, page, resource, envelope))
    return Answer(render_page(page, resource, envelope))


def _answer_single(call: Call, resource: Resource) -> Answer:
    if resource.name == "Organisation":
        if call.path[1].lower() == "actions":
            return Answer(wrap(call.envelope(), "Actions", list_actions()))
        return not_found()
    row = call.books.tables[resource.name].find(call.path[1])
    if row is None:
        return not_found()
    if len(call.path) == 2:
        accepts = call.request.headers.get("accept", "")
        if "application/pdf" in accepts and resource.name in PRINTABLE:
            return Answer(render_pdf(row.read()), media_type="application/pdf")
        fine = call.request.query_params.get("unitdp") == "4"
        record = render_record(call.books, resource, row, fine=fine)
        return Answer(wrap(call.envelope(), envelope_key(resource), [encode(record)]))
    if len(call.path) == 3 and call.path[2].lower() == "history":
        notes = [encode(note) for note in call.books.history.get((resource.name, row.id), [])]
        return Answer(wrap(call.envelope(), "HistoryRecords", notes))
    if len(call.path) == 3 and call.path[2].lower() == "onlineinvoice":
        return _answer_online_invoice(call, resource, row)
    if len(call.path) == 3 and call.path[2].lower() == "pdf" and resource.name in PRINTABLE:
        return Answer(render_pdf(row.read()), media_type="application/pdf")
    return not_found()


def _answer_online_invoice(call: Call, resource: Resource, row: Row) -> Answer:
    # Only sales invoices that are past their draft have an address (FACTS 7.1).
    if resource.name != "Invoices" or row.kind != "ACCREC" or row.status == "DRAFT":
        return not_found()
    url = f"{call.world.settings.url}/online/{row.id}"
    return Answer(wrap(call.envelope(), "OnlineInvoices", [encode({"OnlineInvoiceUrl": url})]))


def _answer_attachments(call: Call, resource: Resource) -> Answer:
    row = call.books.tables[resource.name].find(call.path[1])
    if row is None or not resource.attachments:
        return not_found()
    if len(call.path) == 3:
        items = list_attachments(call.books, resource, row.id, call.world.settings.url)
        return Answer(wrap(call.envelope(), "Attachments", items))
    item = find_attachment(call.books, resource, row.id, call.path[3])
    return Answer(item.content, media_type=item.mime_type) if item else not_found()


async def _answer_report(call: Call) -> Answer:
    name = call.path[1] if len(call.path) == 2 else ""
    scope = REPORT_SCOPES.get(name.lower())
    if scope is None:
        return not_found()
    if not call.allows((scope,)):
        return missing_scope(call.correlation_id)
    try:
        report = await asyncio.to_thread(build_report, call.books, name, dict(call.request.query_params))
    except ContactMissing as error:
        return refused(10, "ValidationException", str(error))
    except ValueError as error:
        return query_refused(str(error))
    return Answer(wrap(call.envelope(), "Reports", [encode(report)]))
