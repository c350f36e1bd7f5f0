"""Which answer each path of the Accounting API gets."""

import asyncio
import uuid
from dataclasses import dataclass

from starlette.requests import Request

from xero_sandbox.accounting.gate import Caller, missing_scope
from xero_sandbox.accounting.lists import HighVolume, is_heavy, render_page, select_page, wrap
from xero_sandbox.accounting.query import MAX_PAGE_SIZE, parse_query
from xero_sandbox.accounting.reports import build_report
from xero_sandbox.accounting.single import (
    find_attachment,
    list_actions,
    list_attachments,
    render_record,
)
from xero_sandbox.books.catalogue import ATTACHMENTS, Resource, envelope_key, get_resource
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.rows import Record, encode
from xero_sandbox.wire.answers import Answer, not_found, query_refused, refused
from xero_sandbox.wire.scopes import REPORT_SCOPES, is_granted
from xero_sandbox.wire.where import QueryRefused
from xero_sandbox.world import World


@dataclass
class Call:
    """One call to the Accounting API; caller and organisation are known once it is admitted."""

    world: World
    request: Request
    path: list[str]
    correlation_id: str
    caller: Caller | None = None
    organisation: Organisation | None = None

    @property
    def page(self) -> int | None:
        """The page asked for, as faults match it."""
        text = self.request.query_params.get("page", "")
        return int(text) if text.isdigit() else None

    @property
    def books(self) -> Organisation:
        """The organisation of an admitted call."""
        assert self.organisation is not None
        return self.organisation

    def envelope(self) -> Record:
        """Return the members that open every answer (FACTS 5.2)."""
        assert self.caller is not None
        return {
            "Id": str(uuid.uuid4()),
            "Status": "OK",
            "ProviderName": self.caller.app_name,
            "DateTimeUTC": f"/Date({self.world.clock.now_ms()})/",
        }

    def allows(self, scopes: tuple[str, ...]) -> bool:
        """Return whether the token reaches an endpoint with this method."""
        assert self.caller is not None
        return is_granted(self.caller.token.scopes, scopes, reading=self.request.method == "GET")


async def answer_call(call: Call) -> Answer:
    """Return the answer to an admitted call."""
    if call.path[0].lower() == "reports":
        return await _answer_report(call)
    resource = get_resource(call.path[0])
    if resource is None:
        return not_found()
    is_attachment = len(call.path) > 2 and call.path[2].lower() == "attachments"
    if not call.allows(ATTACHMENTS if is_attachment else resource.scopes):
        return missing_scope(call.correlation_id)
    if call.request.method != "GET":
        message = "The Api Method called is not implemented"
        return refused(20, "ApiMethodNotImplementedException", message, status=501)
    if is_attachment:
        return _answer_attachments(call, resource)
    if len(call.path) == 1:
        return await _answer_list(call, resource)
    return _answer_single(call, resource)


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
        record = render_record(call.books, resource, row)
        return Answer(wrap(call.envelope(), envelope_key(resource), [encode(record)]))
    if len(call.path) == 3 and call.path[2].lower() == "history":
        return Answer(wrap(call.envelope(), "HistoryRecords", []))
    return not_found()


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
    except ValueError as error:
        return query_refused(str(error))
    return Answer(wrap(call.envelope(), "Reports", [encode(report)]))
