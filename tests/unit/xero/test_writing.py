"""One write: what came of it is a value, and never a guess (PAIN 6)."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from counterfoil.domain.identifiers import TenantId
from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.errors import (
    AnswerNotUnderstood,
    Limit,
    NotFound,
    XeroBroken,
    XeroBusy,
    XeroRefused,
    XeroUnreachable,
)
from counterfoil.xero.gate import CallReport, Priority
from counterfoil.xero.scopes import READ_SCOPES, Write, list_wanted_scopes
from counterfoil.xero.writing import NoRight, Outcome, Request, Right, Written, XeroWriter

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DONE = b'{"DateTimeUTC":"/Date(0)/","Invoices":[]}'
Step = Callable[[httpx.Request], httpx.Response]


def right() -> Right:
    return Right(TenantId("tenant"), Write.INVOICES, tuple(list_wanted_scopes([Write.INVOICES])))


@dataclass
class Tokens:
    """Hands out t1, and t2 after a renewal."""

    token: str = "t1"
    fails: Exception | None = None

    async def current(self) -> str:
        if self.fails is not None:
            raise self.fails
        return self.token

    async def renew(self, rejected: str) -> str:
        self.token = "t2"
        return self.token


@dataclass
class OpenGate:
    """Lets everything in, or nothing, and writes down what it hears."""

    parked: XeroBusy | None = None
    reports: list[CallReport] = field(default_factory=list)

    async def enter(self, *, priority: Priority) -> None:
        assert priority is Priority.PUSH
        if self.parked is not None:
            raise self.parked

    async def leave(self, report: CallReport) -> None:
        self.reports.append(report)


@dataclass
class Stage:
    """A writer in front of a Xero that gives one prepared answer after the other."""

    steps: Sequence[Step]
    tokens: Tokens = field(default_factory=Tokens)
    gate: OpenGate = field(default_factory=OpenGate)
    requests: list[httpx.Request] = field(default_factory=list)
    now: datetime = NOW
    slow: timedelta = timedelta()

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.now += self.slow
        return self.steps[min(len(self.requests), len(self.steps)) - 1](request)

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def write(self, request: Request | None = None, *, first_sent_at: datetime | None = None) -> Written:
        return asyncio.run(self._write(request or an_invoice(), first_sent_at))

    async def _write(self, request: Request, first_sent_at: datetime | None) -> Written:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self.handle)) as http:
            writer = XeroWriter(
                right=right(),
                http=http,
                addresses=XeroAddresses(),
                tokens=self.tokens,
                gate=self.gate,
                now=lambda: self.now,
                sleep=self.sleep,
                draw=lambda: 1.0,
            )
            return await writer.write(request, first_sent_at=first_sent_at)


def an_invoice(**fields: object) -> Request:
    values: dict[str, object] = {"method": "PUT", "path": "Invoices", "key": "k1", "body": b'{"Invoices":[]}'}
    return Request(**(values | fields))  # type: ignore[arg-type]  # spelled once for all tests


def answer(status: int, body: bytes = b"", **headers: str) -> Step:
    kind = {"content-type": "application/json"} if body.startswith(b"{") else {}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, content=body, headers=kind | sent)


def fail(error: Exception) -> Step:
    def raise_it(_: httpx.Request) -> httpx.Response:
        raise error

    return raise_it


good = answer(200, DONE)
timed_out = fail(httpx.ReadTimeout("slow"))
cut_off = fail(httpx.RemoteProtocolError("gone"))
not_connected = fail(httpx.ConnectError("no way"))


def refuse(message: str, status: int = 400) -> Step:
    return answer(status, b'{"ErrorNumber":10,"Message":"%s"}' % message.encode())


# -- The right ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", list(Write))
def test_what_was_granted_to_read_makes_no_right_and_so_no_writer(write: Write) -> None:
    with pytest.raises(NoRight):
        Right(TenantId("tenant"), write, READ_SCOPES)


def test_a_right_to_write_one_thing_is_none_to_write_another() -> None:
    with pytest.raises(NoRight):
        Right(TenantId("tenant"), Write.CONTACTS, tuple(list_wanted_scopes([Write.INVOICES])))


# -- What is sent ------------------------------------------------------------------------------------


def test_a_write_carries_its_key_its_tenant_and_its_body_and_is_counted_as_one() -> None:
    stage = Stage([good])

    written = stage.write(an_invoice(params={"unitdp": "4", "summarizeErrors": "false"}))

    (request,) = stage.requests
    assert written.outcome is Outcome.ANSWERED
    assert (request.method, request.url.path) == ("PUT", "/api.xro/2.0/Invoices")
    assert request.url.query == b"unitdp=4&summarizeErrors=false"
    assert request.headers["Idempotency-Key"] == "k1"
    assert request.headers["xero-tenant-id"] == "tenant"
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    assert request.content == b'{"Invoices":[]}'
    assert [report.method for report in stage.gate.reports] == ["PUT"]


def test_each_try_is_the_very_same_request() -> None:
    stage = Stage([cut_off, answer(500), good])

    written = stage.write()

    assert (written.outcome, written.tries) == (Outcome.ANSWERED, 3)
    assert len({(one.method, str(one.url), one.content) for one in stage.requests}) == 1
    assert {one.headers["Idempotency-Key"] for one in stage.requests} == {"k1"}


# -- What it comes to --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (timed_out, XeroUnreachable),
        (cut_off, XeroUnreachable),
        (fail(httpx.WriteError("broken pipe")), XeroUnreachable),
        (answer(500), XeroBroken),
        (answer(502), XeroBroken),
        (answer(503, b"<html>gateway</html>"), XeroBroken),
        (answer(200, b"<html>sign in</html>", content_type="text/html"), AnswerNotUnderstood),
        (answer(200, b'{"Invoices":['), XeroUnreachable),
        (answer(409, b'{"Message":"The request is still in progress"}'), AnswerNotUnderstood),
        (answer(404, b"The resource you're looking for cannot be found"), NotFound),
        (refuse("Idempotency Key: k1 is used with a different request."), XeroRefused),
        (refuse("A request with this idempotency key is already being processed"), XeroRefused),
    ],
)
def test_whatever_leaves_open_what_xero_did_is_no_answer(step: Step, error: type[Exception]) -> None:
    stage = Stage([step])

    written = stage.write()

    assert (written.outcome, written.tries) == (Outcome.NO_ANSWER, 3)
    assert isinstance(written.error, error)


@pytest.mark.parametrize(
    "step",
    [
        not_connected,
        answer(503, b"The Organisation is offline"),
        answer(429, x_rate_limit_problem="day", retry_after="3600"),
        answer(401, b'{"Title":"Unauthorized","Detail":"AuthorizationUnsuccessful"}'),
        answer(403, b'{"Title":"Forbidden","Detail":"AuthenticationUnsuccessful"}'),
    ],
)
def test_what_surely_did_not_reach_the_books_is_not_taken(step: Step) -> None:
    assert Stage([step]).write().outcome is Outcome.NOT_TAKEN


def test_a_refusal_of_xeros_is_one_at_once_and_in_its_words() -> None:
    stage = Stage([refuse("Invoice # must be unique.")])

    written = stage.write()

    assert (written.outcome, written.tries) == (Outcome.REFUSED, 1)
    assert isinstance(written.error, XeroRefused)
    assert written.error.message == "Invoice # must be unique."


def test_no_such_record_is_a_refusal_where_the_address_names_one() -> None:
    stage = Stage([answer(404, b"The resource you're looking for cannot be found")])

    assert stage.write(an_invoice(path="Payments/p1", method="POST")).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    "after",
    [
        not_connected,
        answer(429, x_rate_limit_problem="day"),
        answer(403, b'{"Title":"Forbidden","Detail":"AuthenticationUnsuccessful"}'),
    ],
)
def test_what_was_open_once_stays_open_whatever_a_later_try_says_of_itself(after: Step) -> None:
    written = Stage([cut_off, after]).write()

    assert written.outcome is Outcome.NO_ANSWER


def test_a_minutes_limit_is_waited_for_and_costs_no_try_too_many() -> None:
    stage = Stage([answer(429, x_rate_limit_problem="minute", retry_after="5"), good])

    written = stage.write()

    assert written.outcome is Outcome.ANSWERED
    assert stage.gate.reports[0].busy is not None


def test_an_expired_token_is_renewed_once() -> None:
    expired = answer(
        401,
        b'{"Title":"Unauthorized","Detail":"TokenExpired"}',
        www_authenticate="Bearer error=invalid_token",
    )
    stage = Stage([expired, good])

    written = stage.write()

    assert written.outcome is Outcome.ANSWERED
    assert [one.headers["Authorization"] for one in stage.requests] == ["Bearer t1", "Bearer t2"]


def test_without_a_token_nothing_was_sent() -> None:
    stage = Stage([good], tokens=Tokens(fails=XeroBroken(503)))

    written = stage.write()

    assert written.outcome is Outcome.NOT_TAKEN
    assert stage.requests == []


def test_a_closed_gate_lets_nothing_out() -> None:
    stage = Stage([good], gate=OpenGate(parked=XeroBusy(Limit.DAY)))

    written = stage.write()

    assert (written.outcome, written.tries) == (Outcome.NOT_TAKEN, 0)
    assert stage.requests == []


# -- The window of the key ---------------------------------------------------------------------------


def test_nothing_is_repeated_when_xero_may_have_forgotten_the_key() -> None:
    stage = Stage([timed_out], slow=timedelta(minutes=2, seconds=40))

    written = stage.write()

    assert (written.outcome, written.tries) == (Outcome.NO_ANSWER, 2)
    assert stage.now - NOW < timedelta(minutes=6)


def test_what_an_earlier_process_may_have_sent_is_in_doubt_from_the_beginning() -> None:
    stage = Stage([not_connected])

    written = stage.write(first_sent_at=NOW - timedelta(minutes=1))

    assert written.outcome is Outcome.NO_ANSWER


def test_a_deletion_which_xero_keeps_no_key_of_is_not_repeated_once_it_is_in_doubt() -> None:
    stage = Stage([cut_off])
    path = "CreditNotes/c1/Allocations/a1"

    written = stage.write(an_invoice(method="DELETE", path=path, body=b""))

    assert (written.outcome, written.tries) == (Outcome.NO_ANSWER, 1)
    assert "Idempotency-Key" not in stage.requests[0].headers


def test_what_is_logged_of_an_outcome_holds_neither_token_nor_body() -> None:
    written = Stage([cut_off]).write(an_invoice(body=b'{"Invoices":[{"Reference":"secret"}]}'))

    assert "secret" not in f"{written} {an_invoice(body=b'secret')} {right()}"
    assert "t1" not in repr(written)
