"""One read: its retries, its waits, and what is left when they do not help."""

import asyncio
import gzip
import io
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from counterfoil.domain.identifiers import TenantId
from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.client import Answer, XeroClient
from counterfoil.xero.errors import (
    AnswerNotUnderstood,
    ConsentLost,
    Limit,
    LostReason,
    NotFound,
    Silence,
    TokenRejected,
    TooLarge,
    XeroBroken,
    XeroBusy,
    XeroError,
    XeroRefused,
    XeroUnreachable,
)
from counterfoil.xero.gate import CallReport, Priority
from counterfoil.xero.wire.limits import LimitsLeft

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
BODY = b'{"DateTimeUTC":"/Date(0)/","Invoices":[]}'
LIMITS = {"x-minlimit-remaining": "59", "x-daylimit-remaining": "999", "x-appminlimit-remaining": "9999"}
Step = Callable[[httpx.Request], httpx.Response]


class Bytes(httpx.AsyncByteStream):
    """A body that arrives in pieces, and may break off."""

    def __init__(self, pieces: Sequence[bytes], breaks_off: bool = False) -> None:
        self.pieces = pieces
        self.breaks_off = breaks_off

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        if self.breaks_off:
            raise httpx.RemoteProtocolError("peer closed connection")


@dataclass
class Tokens:
    """Hands out t1, and t2 after a renewal."""

    token: str = "t1"
    renewed: list[str] = field(default_factory=list)

    async def current(self) -> str:
        return self.token

    async def renew(self, rejected: str) -> str:
        self.renewed.append(rejected)
        self.token = "t2"
        return self.token


@dataclass
class OpenGate:
    """Lets everything in and writes down what it hears."""

    entered: list[Priority] = field(default_factory=list)
    reports: list[CallReport] = field(default_factory=list)

    async def enter(self, *, priority: Priority) -> None:
        self.entered.append(priority)

    async def leave(self, report: CallReport) -> None:
        self.reports.append(report)


@dataclass
class Stage:
    """A client in front of a Xero that gives one prepared answer after the other."""

    steps: Sequence[Step]
    tokens: Tokens = field(default_factory=Tokens)
    gate: OpenGate = field(default_factory=OpenGate)
    requests: list[httpx.Request] = field(default_factory=list)
    naps: list[float] = field(default_factory=list)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.steps[min(len(self.requests), len(self.steps)) - 1](request)

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)

    def get(
        self,
        path: str = "Invoices",
        params: dict[str, str] | None = None,
        modified_since: datetime | None = None,
    ) -> Answer:
        return asyncio.run(self._get(path, params, modified_since))

    async def _get(self, path: str, params: dict[str, str] | None, modified_since: datetime | None) -> Answer:
        async with self._open() as client:
            return await client.get(
                path, priority=Priority.DELTA, params=params, modified_since=modified_since
            )

    def download(self, media_type: str = "application/pdf", most: int = 1000) -> bytes:
        """Return what a file holds after it was fetched."""
        into = io.BytesIO(b"of before")

        async def fetch() -> None:
            async with self._open() as client:
                await client.download(
                    "Invoices/1/Attachments/2",
                    into=into,
                    media_type=media_type,
                    most=most,
                    priority=Priority.PERSON,
                )

        asyncio.run(fetch())
        return into.getvalue()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[XeroClient]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self.handle)) as http:
            yield XeroClient(
                http=http,
                addresses=XeroAddresses(),
                tenant=TenantId("tenant-1"),
                tokens=self.tokens,
                gate=self.gate,
                now=lambda: NOW,
                sleep=self.sleep,
                draw=lambda: 1.0,
            )

    @property
    def statuses(self) -> list[int | None]:
        assert len(self.gate.entered) == len(self.gate.reports)
        return [report.status for report in self.gate.reports]


def reply(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Step:
    return lambda _: httpx.Response(status, content=body, headers=headers)


def silent(error: type[httpx.TransportError]) -> Step:
    def step(request: httpx.Request) -> httpx.Response:
        raise error("the network's own words", request=request)

    return step


def problem(status: int, detail: str) -> bytes:
    return json.dumps({"Title": "x", "Status": status, "Detail": detail}).encode()


OK = reply(200, BODY, {**LIMITS, "xero-correlation-id": "c1"})
EXPIRED = reply(401, problem(401, "TokenExpired"), {"www-authenticate": "Bearer error=invalid_token"})
MINUTE = reply(429, b"", {"x-rate-limit-problem": "minute", "retry-after": "22"})
DAY = reply(429, b"", {"x-rate-limit-problem": "day", "retry-after": "3600"})


def test_a_read_says_which_organisation_since_when_and_in_which_form() -> None:
    stage = Stage([OK])

    answer = stage.get(
        "Invoices", {"page": "1", "where": 'Name=="A&B"'}, datetime(2026, 3, 1, 8, 0, 0, 5, tzinfo=UTC)
    )

    assert answer == Answer(BODY, len(BODY), LimitsLeft(59, 999, 9999), "c1")
    request = stage.requests[0]
    assert str(request.url) == (
        "https://api.xero.com/api.xro/2.0/Invoices?page=1&where=Name%3D%3D%22A%26B%22"
    )
    names = ("authorization", "xero-tenant-id", "accept", "if-modified-since")
    assert [request.headers[name] for name in names] == [
        "Bearer t1",
        "tenant-1",
        "application/json",
        "2026-03-01T08:00:00",
    ]
    assert stage.gate == OpenGate(
        [Priority.DELTA],
        [CallReport("Invoices", 200, len(BODY), LimitsLeft(59, 999, 9999), None, NOW)],
    )


def test_a_read_of_everything_sends_no_if_modified_since() -> None:
    stage = Stage([OK])

    stage.get()

    assert "if-modified-since" not in stage.requests[0].headers


def test_bytes_are_counted_as_they_travel_and_not_as_they_unfold() -> None:
    body = b'{"DateTimeUTC":"/Date(0)/","Invoices":[' + b" " * 100_000 + b"]}"
    packed = gzip.compress(body)

    answer = Stage(
        [lambda _: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Bytes([packed]))]
    ).get()

    assert (answer.body == body, answer.bytes_received) == (True, len(packed))


@pytest.mark.parametrize(
    "trouble",
    [
        reply(500, b"<html>"),
        reply(503, b"The Organisation is offline"),
        reply(403, b"<html>firewall</html>"),
        silent(httpx.ConnectError),
        silent(httpx.ReadTimeout),
        silent(httpx.RemoteProtocolError),
        lambda _: httpx.Response(200, stream=Bytes([BODY[:9]], breaks_off=True)),
        lambda _: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Bytes([b"not gzip"])),
        reply(200, BODY[:-1], {"content-type": "application/json; charset=utf-8"}),
        reply(200, b"", {"content-type": "application/json"}),
    ],
)
def test_what_passes_by_itself_is_tried_again(trouble: Step) -> None:
    stage = Stage([trouble, trouble, OK])

    answer = stage.get()

    assert answer.body == BODY
    assert (len(stage.requests), stage.naps) == (3, [1.0, 2.0])
    assert len(stage.gate.reports) == 3


def test_trouble_that_stays_is_raised_after_four_tries() -> None:
    stage = Stage([reply(503, b"The Organisation is offline", {"xero-correlation-id": "c9"})])

    with pytest.raises(XeroBroken) as met:
        stage.get()

    assert (stage.statuses, stage.naps) == ([503] * 4, [1.0, 2.0, 4.0])
    assert met.value.correlation_id == "c9"
    assert met.value.sentence == (
        "Xero has a fault of its own (status 503). Xero says: “The Organisation is offline”."
    )


@pytest.mark.parametrize(
    ("error", "silence"),
    [
        (httpx.ConnectError, Silence.NO_CONNECTION),
        (httpx.ProxyError, Silence.NO_CONNECTION),
        (httpx.ConnectTimeout, Silence.TIMED_OUT),
        (httpx.PoolTimeout, Silence.TIMED_OUT),
        (httpx.ReadError, Silence.CUT_SHORT),
        (httpx.RemoteProtocolError, Silence.CUT_SHORT),
    ],
)
def test_silence_is_told_apart_and_carries_no_request(
    error: type[httpx.TransportError], silence: Silence
) -> None:
    stage = Stage([silent(error)])

    with pytest.raises(XeroUnreachable) as met:
        stage.get()

    assert met.value.silence is silence
    assert (met.value.__cause__, met.value.__context__) == (None, None)
    assert stage.statuses == [None] * 4


def test_bytes_of_a_broken_off_answer_are_counted_too() -> None:
    stage = Stage([lambda _: httpx.Response(200, stream=Bytes([b"123", b"45"], breaks_off=True)), OK])

    stage.get()

    assert [report.bytes_received for report in stage.gate.reports] == [5, len(BODY)]


def test_an_expired_token_is_renewed_once_and_the_read_goes_on() -> None:
    stage = Stage([EXPIRED, OK])

    stage.get()

    assert stage.tokens.renewed == ["t1"]
    assert [request.headers["authorization"] for request in stage.requests] == ["Bearer t1", "Bearer t2"]
    assert stage.statuses == [401, 200]


def test_a_fresh_token_that_is_rejected_too_is_not_renewed_for_ever() -> None:
    stage = Stage([EXPIRED])

    with pytest.raises(TokenRejected):
        stage.get()

    assert (stage.statuses, stage.tokens.renewed) == ([401, 401], ["t1"])


@pytest.mark.parametrize(
    "trouble",
    [
        reply(401, problem(401, "AuthorizationUnsuccessful"), {"www-authenticate": "insufficent_scope"}),
        reply(403, problem(403, "AuthenticationUnsuccessful")),
    ],
)
def test_lost_consent_is_raised_at_once_and_never_refreshed(trouble: Step) -> None:
    stage = Stage([trouble, OK])

    with pytest.raises(ConsentLost):
        stage.get()

    assert (len(stage.requests), stage.tokens.renewed, stage.naps) == (1, [], [])


@pytest.mark.parametrize(
    ("trouble", "error"),
    [(reply(400, b'{"ErrorNumber":16}'), XeroRefused), (reply(404), NotFound), (reply(501), XeroRefused)],
)
def test_a_refusal_is_raised_at_once(trouble: Step, error: type[XeroError]) -> None:
    stage = Stage([trouble, OK])

    with pytest.raises(error):
        stage.get()

    assert (len(stage.requests), stage.naps) == (1, [])


def test_a_minutes_limit_is_left_to_the_gate_and_tried_again() -> None:
    stage = Stage([MINUTE, MINUTE, OK])

    stage.get()

    heard = [(r.busy.limit, r.busy.retry_after) if r.busy else None for r in stage.gate.reports]
    assert heard == [(Limit.MINUTE, timedelta(seconds=22))] * 2 + [None]
    assert stage.naps == []


def test_a_minutes_limit_without_end_is_raised() -> None:
    stage = Stage([MINUTE])

    with pytest.raises(XeroBusy) as busy:
        stage.get()

    assert (busy.value.limit, len(stage.requests)) == (Limit.MINUTE, 10)


def test_the_days_limit_is_raised_at_once() -> None:
    stage = Stage([DAY, OK])

    with pytest.raises(XeroBusy) as busy:
        stage.get()

    assert (busy.value.limit, busy.value.retry_after) == (Limit.DAY, timedelta(hours=1))
    assert len(stage.requests) == 1


def test_a_parked_organisation_is_not_called_at_all() -> None:
    class ParkedGate(OpenGate):
        async def enter(self, *, priority: Priority) -> None:
            raise XeroBusy(Limit.DAY, retry_after=timedelta(hours=2))

    stage = Stage([OK], gate=ParkedGate())

    with pytest.raises(XeroBusy):
        stage.get()

    assert (stage.requests, stage.gate.reports) == ([], [])


def test_a_token_that_cannot_be_had_still_leaves_the_gate() -> None:
    class NoTokens(Tokens):
        async def current(self) -> str:
            raise ConsentLost(LostReason.GRANT_ENDED)

    stage = Stage([OK], tokens=NoTokens())

    with pytest.raises(ConsentLost):
        stage.get()

    assert (stage.requests, stage.statuses) == ([], [None])


def test_a_cancelled_read_leaves_the_gate() -> None:
    class Stuck(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            await asyncio.sleep(60)
            yield b""

    stage = Stage([lambda _: httpx.Response(200, stream=Stuck())])

    async def main() -> None:
        async with asyncio.timeout(0.05):
            await stage._get("Invoices", None, None)

    with pytest.raises(TimeoutError):
        asyncio.run(main())

    assert stage.statuses == [None]


def test_a_file_is_not_judged_as_json() -> None:
    stage = Stage([reply(200, b"%PDF-1.7", {"content-type": "application/pdf"})])

    assert stage.get("Invoices/1/Attachments/bill.pdf").body == b"%PDF-1.7"


def test_nothing_that_is_shown_holds_the_token_or_the_records() -> None:
    stage = Stage(
        [reply(200, b'{"Invoices":[{"Name":"Jane"}],"DateTimeUTC":"/Date(0)/"}')], tokens=Tokens("t0ken")
    )

    shown = repr(stage.get()) + repr(stage.gate.reports)

    assert ("Jane" in shown, "t0ken" in shown) == (False, False)


PDF = {"content-type": "application/pdf"}


def test_a_file_is_written_piece_by_piece_and_counted() -> None:
    stage = Stage([lambda _: httpx.Response(200, headers=PDF, stream=Bytes([b"%PDF-", b"1.4"]))])

    assert stage.download() == b"%PDF-1.4"
    assert stage.requests[0].headers["accept"] == "application/pdf"
    assert [(report.status, report.bytes_received) for report in stage.gate.reports] == [(200, 8)]


def test_a_file_that_breaks_off_is_written_anew() -> None:
    broken = lambda _: httpx.Response(200, headers=PDF, stream=Bytes([b"half of "], breaks_off=True))  # noqa: E731
    stage = Stage([broken, reply(200, b"%PDF-1.4", PDF)])

    assert stage.download() == b"%PDF-1.4"
    assert stage.statuses == [None, 200]


def test_a_file_that_is_too_large_is_not_read_to_its_end_nor_asked_for_again() -> None:
    pieces: list[int] = []

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for number in range(1000):
                pieces.append(number)
                yield b"x" * 300

    stage = Stage([lambda _: httpx.Response(200, stream=Endless())])

    with pytest.raises(TooLarge):
        stage.download(most=1000)

    assert len(pieces) == 4
    assert [report.bytes_received for report in stage.gate.reports] == [1200]


@pytest.mark.parametrize(
    ("media_type", "came", "is_right"),
    [
        ("application/pdf", "application/pdf", True),
        ("application/pdf", "text/html; charset=utf-8", False),
        ("application/pdf", "application/json", False),
        ("application/json", "application/json", True),
        ("text/html", "text/html; charset=utf-8", True),
        ("image/png", "text/html", False),
        ("image/png", "application/octet-stream", True),
    ],
)
def test_what_is_not_the_file_is_refused(media_type: str, came: str, is_right: bool) -> None:
    stage = Stage([reply(200, b"{ whatever", {"content-type": came})])

    if is_right:
        assert stage.download(media_type) == b"{ whatever"
    else:
        with pytest.raises(AnswerNotUnderstood):
            stage.download(media_type)


def test_a_file_that_is_not_there_is_not_found() -> None:
    stage = Stage([reply(404)])

    with pytest.raises(NotFound):
        stage.download()

    assert stage.statuses == [404]
