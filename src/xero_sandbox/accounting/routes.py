"""The Accounting API's front door: one ASGI endpoint that admits, answers and counts every call."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from xero_sandbox.accounting.answers import answer_call
from xero_sandbox.accounting.call import Call
from xero_sandbox.accounting.damage import spoil
from xero_sandbox.accounting.gate import (
    Refused,
    accept_token,
    find_tenant,
    raise_fault,
    spend_call,
)
from xero_sandbox.books.catalogue import get_resource
from xero_sandbox.books.repeating import raise_due_invoices
from xero_sandbox.control.random_changes import make_random_changes
from xero_sandbox.wire.answers import Answer, compress, new_correlation_id
from xero_sandbox.wire.faults import API_FAULTS, PAGE_FAULTS, Fault
from xero_sandbox.world import World

PREFIX = "/api.xro/2.0/"
# Where the ASGI scope of a call tells which fault struck it, for whoever wraps the application.
FAULT_IN_SCOPE = "xero_sandbox.fault"
_WORTH_A_THREAD = 50_000


class AccountingApi:
    """Handles everything below `/api.xro/2.0/`."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call; it stays in flight until its last byte is sent."""
        request = Request(scope, receive)
        correlation_id = new_correlation_id()
        path = scope["path"].removeprefix(PREFIX).strip("/").split("/")
        call = Call(world=self.world, request=request, path=path, correlation_id=correlation_id)
        self.world.stats.requests[path[0]] += 1
        fault: Fault | None = None
        release: Callable[[], None] | None = None
        try:
            try:
                release, fault = await self._admit(call)
                answer = await self._answer(call, fault)
            except Refused as refused:
                answer = refused.answer
            response = await self._finish(call, answer)
            await _send(response, scope, receive, send, fault)
        finally:
            if release is not None:
                release()
        self._change_after(call)

    async def _admit(self, call: Call) -> tuple[Callable[[], None], Fault | None]:
        world = self.world
        caller = accept_token(world, call.request, call.correlation_id)
        organisation = find_tenant(world, call.request, caller, call.correlation_id)
        call.caller, call.organisation = caller, organisation
        if organisation.today() != organisation.raised_on:
            organisation.raised_on = organisation.today()
            raise_due_invoices(organisation)
        tenant_id = organisation.tenant_id
        world.stats.calls_by_tenant[tenant_id] += 1
        spend_call(world, caller, tenant_id)
        budget = world.limits.budget(caller.client_id, tenant_id)
        budget.in_flight += 1
        world.stats.note_in_flight(tenant_id, budget.in_flight)

        def release() -> None:
            budget.in_flight -= 1

        fault = world.faults.take(
            API_FAULTS,
            endpoint=call.path[0],
            method=call.request.method,
            tenant=tenant_id,
            page=call.page,
        )
        try:
            if fault is not None:
                call.request.scope[FAULT_IN_SCOPE] = fault.kind
                raise_fault(world, caller, fault, tenant_id, call.correlation_id)
                if fault.kind in {"timeout", "slow"}:
                    await asyncio.sleep(fault.seconds)
        except BaseException:
            release()
            raise
        return release, fault

    async def _answer(self, call: Call, fault: Fault | None) -> Answer:
        answer = await answer_call(call)
        if fault is not None and fault.kind == "commit_then_timeout":
            # The work is done; the caller waits for an answer that never comes.
            await asyncio.sleep(fault.seconds)
        now = self.world.clock.now_s()
        assert call.caller is not None
        assert call.organisation is not None
        if answer.status != 401:
            tenant_id = call.organisation.tenant_id
            answer.headers |= self.world.limits.headers(call.caller.client_id, tenant_id, now_s=now)
        if fault is not None:
            spoil(answer, fault, get_resource(call.path[0]))
        return answer

    async def _finish(self, call: Call, answer: Answer) -> Response:
        stats = self.world.stats
        stats.api_answers += 1
        stats.statuses[str(answer.status)] += 1
        stats.bytes_raw += len(answer.body)
        accepts = call.request.headers.get("accept-encoding", "")
        if len(answer.body) > _WORTH_A_THREAD:
            was_compressed = await asyncio.to_thread(compress, answer, accepts)
        else:
            was_compressed = compress(answer, accepts)
        stats.gzip_answers += was_compressed
        stats.bytes_sent += len(answer.body)
        return answer.finish(correlation_id=call.correlation_id)

    def _change_after(self, call: Call) -> None:
        if call.organisation is None or call.request.method != "GET":
            return
        fault = self.world.faults.take(
            PAGE_FAULTS, endpoint=call.path[0], tenant=call.organisation.tenant_id, page=call.page
        )
        if fault is not None:
            make_random_changes(call.organisation, count=fault.changes, seed=fault.seed)


async def _send(response: Response, scope: Scope, receive: Receive, send: Send, fault: Fault | None) -> None:
    if fault is None or not _breaks_off(fault):
        await response(scope, receive, send)
        return
    kept = 0.0 if fault.kind == "commit_then_timeout" else 0.5

    async def send_half(message: Message) -> None:
        if message["type"] == "http.response.start" and not response.body:
            # An answer without a body would be whole by its headers alone: one byte is promised instead.
            message["status"], message["headers"] = 200, [*message["headers"], (b"content-length", b"1")]
        if message["type"] == "http.response.body":
            message["body"] = message["body"][: int(len(message["body"]) * kept)]
            # More is announced and never sent: the server then breaks off at once instead of waiting.
            message["more_body"] = True
        await send(message)

    # The length that was promised in the headers never arrives: the connection breaks off.
    await response(scope, receive, send_half)
    await asyncio.sleep(0.01)


def _breaks_off(fault: Fault) -> bool:
    return fault.kind == "commit_then_timeout" or (fault.kind == "truncated" and fault.cut == "length")


def accounting_routes(world: World) -> list[Route]:
    """Return the Accounting API's routes."""
    return [Route(PREFIX + "{path:path}", AccountingApi(world), methods=None)]
