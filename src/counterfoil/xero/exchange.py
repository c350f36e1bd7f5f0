"""One call to an organisation: a token, the request, the whole answer, and word of it to the gate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Protocol

import httpx
import structlog

from counterfoil.domain.identifiers import TenantId
from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.errors import AnswerNotUnderstood, Silence, TooLarge, XeroBusy, XeroUnreachable
from counterfoil.xero.gate import CallReport, Gate, Priority
from counterfoil.xero.transport import Reply, download, send
from counterfoil.xero.wire.answers import check_answer
from counterfoil.xero.wire.headers import CORRELATION_ID, get_header
from counterfoil.xero.wire.limits import LimitsLeft, read_limits

log = structlog.get_logger(__name__)


class AccessTokens(Protocol):
    """Hands out access tokens; renewing once for many callers is the implementer's duty."""

    async def current(self) -> str:
        """Return an access token that is good for at least a minute."""

    async def renew(self, rejected: str) -> str:
        """Return another access token, after Xero rejected this one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer; `bytes_received` is what travelled over the wire, compressed."""

    body: bytes = field(repr=False)
    bytes_received: int
    limits: LimitsLeft
    correlation_id: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that is wished for: where it goes, what it should be, and how many bytes are too many."""

    into: IO[bytes] = field(repr=False)
    media_type: str
    most: int


@dataclass(slots=True)
class Call:
    """One wish; `token` and `was_sent` tell of the last try."""

    path: str
    method: str = "GET"
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    file: Wanted | None = None
    token: str = field(default="", repr=False)
    was_sent: bool = False


class Exchange:
    """The line to one organisation; it tries once and repeats nothing."""

    def __init__(
        self,
        *,
        http: httpx.AsyncClient,
        addresses: XeroAddresses,
        tenant: TenantId,
        tokens: AccessTokens,
        gate: Gate,
        now: Callable[[], datetime],
    ) -> None:
        self._http = http
        self._addresses = addresses
        self._tenant = tenant
        self._tokens = tokens
        self._gate = gate
        self._now = now

    async def enter(self, *, priority: Priority) -> None:
        """Wait for the turn of one call; raises XeroBusy when the organisation is parked."""
        await self._gate.enter(priority=priority)

    async def renew_token(self, call: Call) -> None:
        """Have the token renewed that Xero rejected."""
        await self._tokens.renew(call.token)

    async def once(self, call: Call) -> Answer:
        """Make the call, after `enter`, and return its good answer. Raises the XeroError that came."""
        status: int | None = None
        correlation_id: str | None = None
        received, limits, busy, method = 0, LimitsLeft(), None, ""
        call.was_sent = False
        try:
            call.token = await self._tokens.current()
            request = self._build_request(call)
            method, call.was_sent = request.method, True
            reply = await self._exchange(request, call.file)
            status, received, limits = reply.status, reply.bytes_received, read_limits(reply.headers)
            correlation_id = get_header(reply.headers, CORRELATION_ID)
            busy = _check_busy(reply, call)
        except (XeroUnreachable, TooLarge) as stopped:
            received = stopped.bytes_received
            raise
        finally:
            if call.was_sent:
                _note(method, call.path, status, correlation_id)
            report = CallReport(
                call.path, status, received, limits, busy, finished_at=self._now(), method=method or "GET"
            )
            await self._gate.leave(report)
        if busy is not None:
            raise busy
        if call.file is None and _is_cut_short(reply.headers, reply.body):
            raise XeroUnreachable(Silence.CUT_SHORT, detail="unfinished JSON", bytes_received=received)
        return Answer(reply.body, received, limits, correlation_id)

    async def _exchange(self, request: httpx.Request, file: Wanted | None) -> Reply:
        if file is None:
            return await send(self._http, request)
        file.into.seek(0)
        file.into.truncate()  # of what an earlier try has left
        return await download(self._http, request, file.into, most=file.most)

    def _build_request(self, call: Call) -> httpx.Request:
        headers = {
            "Accept": "application/json",
            "xero-tenant-id": self._tenant,
            **call.headers,
            "Authorization": f"Bearer {call.token}",
        }
        address = self._addresses.accounting(call.path)
        return self._http.build_request(
            call.method, address, params=call.params, headers=headers, content=call.content
        )


def _note(method: str, path: str, status: int | None, correlation_id: str | None) -> None:
    """
    Write down what Xero's own support can find the call by; of the path, the resource alone.

    Source: Xero developer guide, "Requests and Responses": every answer has a correlation id.
    """
    resource = path.partition("/")[0]
    if status is None:
        log.info("xero stayed silent", method=method, resource=resource)
    else:
        log.info(
            "xero answered",
            method=method,
            resource=resource,
            status=status,
            xero_correlation_id=correlation_id,
        )


def _is_cut_short(headers: Mapping[str, str], body: bytes) -> bool:
    """
    Say whether JSON stops before its last bracket, as when a proxy hides that Xero's answer broke off.

    Every accounting answer is one object. Source: Xero developer guide, "Requests and Responses".
    """
    kind = get_header(headers, "content-type") or ""
    return kind.startswith("application/json") and not body.rstrip().endswith(b"}")


def _check_busy(reply: Reply, call: Call) -> XeroBusy | None:
    """Return the limit that was met, for the gate to hear of; raise any other error."""
    if reply.status < 300 and call.file is not None:
        _check_file(reply, call.file.media_type)
        return None
    try:
        check_answer(reply.status, reply.headers, reply.body, path=call.path)
    except XeroBusy as busy:
        return busy
    return None


def _check_file(reply: Reply, media_type: str) -> None:
    """
    Refuse what is not the file that was asked for.

    A web page with status 200 comes from a proxy or a sign-in page on the way, unless the file is one.
    """
    came = (get_header(reply.headers, "content-type") or "").lower()
    is_page = came.startswith("text/html") and not media_type.startswith("text/html")
    if is_page or (came.startswith("application/json") and media_type == "application/pdf"):
        raise AnswerNotUnderstood("something else came instead of the file")
