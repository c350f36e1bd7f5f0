"""What a carrier is asked, and what can come of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import httpx

TIMEOUT_S = 15.0
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be carried: `token` is how we know it, `told_at` where its fate may be told."""

    to: str
    text: str
    subject: str
    token: str
    told_at: str
    leave_at: str = ""  # where one press ends such messages, for mail programs that offer it


@dataclass(frozen=True, slots=True)
class Taken:
    """The carrier has it, and calls it so."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The carrier said that it will not carry this; the same again would be refused again."""

    words: str
    wants_none: bool = False  # because its reader has told the carrier to stop


@dataclass(frozen=True, slots=True)
class NotTaken:
    """It surely did not get there: it can be tried again."""

    words: str
    again_in: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class InDoubt:
    """It was handed over, or part of it, and nobody knows whether the carrier has it."""

    words: str


Outcome = Taken | Refused | NotTaken | InDoubt


class Carrier(Protocol):
    """Carries one message. Whatever goes wrong is a value: an exception is our bug."""

    name: str

    def carry(self, letter: Letter) -> Outcome:
        """Hand the message over, once, and return what came of it."""
        ...


def ask(send: Callable[[httpx.Client], httpx.Response]) -> httpx.Response | NotTaken | InDoubt:
    """Speak to a carrier once: without a connection nothing can have been taken; after that, nobody knows."""
    try:
        with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client:
            return send(client)
    except (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.UnsupportedProtocol,
    ) as problem:
        return NotTaken(f"No connection to the provider: {type(problem).__name__}.")
    except httpx.HTTPError as problem:
        return InDoubt(f"The provider did not answer: {type(problem).__name__}.")
    except httpx.InvalidURL:
        return NotTaken("The provider’s address is no address.")


def read_wait(answer: httpx.Response) -> timedelta:
    """Return how long a busy carrier wants to be left alone."""
    said = answer.headers.get("Retry-After", "")
    return timedelta(seconds=min(int(said), 3600)) if said.isdecimal() else timedelta(minutes=2)


def shorten(words: str) -> str:
    """Return a carrier's words, short enough to be kept."""
    return " ".join(words.split())[:_LONGEST]
