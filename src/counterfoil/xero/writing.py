"""
Writes to one organisation. What came of a write is a value, and never a guess.

A write is repeated only with the same key and the same body, and only while Xero surely still knows the
key: then it does its work once, however often it arrives. Whatever leaves it open whether Xero acted is
NO_ANSWER, and stays that even if a later try says something else about itself.
Source: Xero developer guide, "Idempotent requests", "HTTP response codes and errors".
"""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

import httpx

from counterfoil.domain.identifiers import TenantId
from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.client import MAX_WAITS, pause_s
from counterfoil.xero.errors import (
    AnswerNotUnderstood,
    AppRefused,
    ConsentLost,
    Limit,
    NotFound,
    Silence,
    TokenRejected,
    XeroBroken,
    XeroBusy,
    XeroError,
    XeroRefused,
    XeroUnreachable,
)
from counterfoil.xero.exchange import AccessTokens, Answer, Call, Exchange
from counterfoil.xero.gate import Gate, Priority
from counterfoil.xero.scopes import Write, can_write

KEY_LIVES = timedelta(minutes=6)
"""How long Xero repeats its answer to a key, from the first call. Source: "Idempotent requests"."""

REPEATED_WITHIN = timedelta(minutes=5)
"""How long after the first call one is repeated: a minute is left for the way and for two clocks."""

SURELY_OVER = timedelta(minutes=7)
"""After so long no call with the key is under way: what Xero does not show then, it does not have."""

_MAX_TRIES = 3
_ABOUT_THE_KEY = re.compile(r"idempoten|still in progress|already being processed", re.IGNORECASE)


class NoRight(Exception):
    """This connection has no permission to write that."""


@dataclass(frozen=True)
class Right:
    """
    The right to write some kinds of things to one organisation; without it no writer can be made.

    Only Xero's own permissions make one: what was granted to read makes none (K3). Raises NoRight.
    """

    tenant: TenantId
    write: Write
    scopes: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not can_write(self.scopes, self.write):
            raise NoRight(f"There is no permission from Xero to write {self.write.value}.")


class Outcome(Enum):
    """What became of a write as a whole."""

    ANSWERED = "Xero answered; what became of each element is in the answer"
    REFUSED = "Xero understood, said no, and took nothing"
    NOT_TAKEN = "it surely did not reach Xero's books, and can be sent again"
    NO_ANSWER = "nobody can say whether Xero acted: look there before anything else"


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome, with the answer or the error behind it, and how many calls it took."""

    outcome: Outcome
    answer: Answer | None = None
    error: XeroError | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be sent, byte for byte, and the key under which Xero knows it."""

    method: str
    path: str
    key: str
    body: bytes = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"

    @property
    def is_guarded(self) -> bool:
        """Say whether Xero recognises a repetition: it keeps no key of a DELETE."""
        return self.method != "DELETE"


class XeroWriter:
    """Writes one kind of thing to one organisation, with the right to."""

    def __init__(
        self,
        *,
        right: Right,
        http: httpx.AsyncClient,
        addresses: XeroAddresses,
        tokens: AccessTokens,
        gate: Gate,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._exchange = Exchange(
            http=http, addresses=addresses, tenant=right.tenant, tokens=tokens, gate=gate, now=now
        )
        self._now = now
        self._sleep = sleep
        self._draw = draw

    async def write(self, request: Request, *, first_sent_at: datetime | None = None) -> Written:
        """
        Send the request and return what came of it; raises nothing of Xero's.

        `first_sent_at` is for a request that an earlier process may have sent: it is then in doubt from the
        beginning, and repeated only while the key lives.
        """
        effort = _Effort(_build_call(request), first_sent_at or self._now(), first_sent_at is not None)
        while True:
            try:
                await self._exchange.enter(priority=Priority.PUSH)
                effort.tries += 1
                answer = await self._exchange.once(effort.call)
            except XeroError as error:
                effort.note(error)
                if (end := await self._go_on(effort, error, request)) is not None:
                    return end
            else:
                return Written(Outcome.ANSWERED, answer=answer, tries=effort.tries)

    async def _go_on(self, effort: "_Effort", error: XeroError, request: Request) -> Written | None:
        """Prepare one more try, or return what it comes to."""
        match error:
            case TokenRejected() if not effort.is_renewed:
                effort.is_renewed = True
                try:
                    await self._exchange.renew_token(effort.call)
                except XeroError as refusal:
                    return effort.end(refusal)
            case XeroBusy() if error.limit is not Limit.DAY and effort.tries and effort.waits < MAX_WAITS:
                effort.waits += 1
            case XeroRefused() if not isinstance(error, AppRefused) and not _tells_nothing(error, request):
                return Written(Outcome.REFUSED, error=error, tries=effort.tries)
            case XeroUnreachable() | XeroBroken() | AnswerNotUnderstood() | XeroRefused():
                effort.failures += 1
                if effort.failures >= _MAX_TRIES or isinstance(error, TokenRejected | AppRefused):
                    return effort.end(error)
                await self._sleep(pause_s(effort.failures, self._draw))
            case _:
                return effort.end(error)
        is_late = self._now() - effort.first_sent_at >= REPEATED_WITHIN
        if effort.is_in_doubt and (is_late or not request.is_guarded):
            return effort.end(error)
        return None


@dataclass(slots=True)
class _Effort:
    """One request and what it has cost so far."""

    call: Call
    first_sent_at: datetime
    is_in_doubt: bool
    tries: int = 0
    failures: int = 0
    waits: int = 0
    is_renewed: bool = False

    def note(self, error: XeroError) -> None:
        """Remember whether this try left it open what Xero did."""
        self.is_in_doubt |= self.call.was_sent and not _is_surely_not_taken(error)
        self.call.was_sent = False

    def end(self, error: XeroError) -> Written:
        """Return what it comes to when no more is tried."""
        outcome = Outcome.NO_ANSWER if self.is_in_doubt else Outcome.NOT_TAKEN
        return Written(outcome, error=error, tries=self.tries)


def _build_call(request: Request) -> Call:
    headers = {"Content-Type": request.content_type} if request.body else {}
    if request.is_guarded:
        headers["Idempotency-Key"] = request.key
    content = request.body or None
    return Call(request.path, request.method, params=request.params, headers=headers, content=content)


def _is_surely_not_taken(error: XeroError) -> bool:
    """
    Say whether Xero, or the way to it, itself shows that the books were not touched.

    Limits and permissions are asked for before anything is done; the sentences of a Xero that is offline
    are its own, and not those of a proxy that gave up waiting for it.
    """
    match error:
        case XeroBusy() | ConsentLost() | TokenRejected() | AppRefused():
            return True
        case XeroUnreachable():
            return error.silence is Silence.NO_CONNECTION
        case XeroBroken():
            return error.status == 503 and error.words is not None
        case XeroRefused():
            return False  # a plain refusal ends the effort; others say nothing about the request
        case _:
            return False


def _tells_nothing(error: XeroRefused, request: Request) -> bool:
    """
    Say whether a refusal is about the key, or about a list that is always there, and not about the request.

    Source: "Idempotent requests": “Idempotency Key: … is used with a different request.”; a 404 on a list is
    something on the way.
    """
    if isinstance(error, NotFound):
        return "/" not in request.path
    words = " ".join((*error.problems, error.message or ""))
    return _ABOUT_THE_KEY.search(words) is not None
