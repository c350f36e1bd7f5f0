"""Every address that is served, for tests that must not forget one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

_PART = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>|\(\?P<(?P<group>\w+)>[^)]+\)")


@dataclass(frozen=True)
class Address:
    """One address: its name, its route as written, and what stands in it."""

    name: str
    route: str

    @property
    def parts(self) -> set[str]:
        """Return the names of what varies in the address."""
        return {match["name"] or match["group"] for match in _PART.finditer(self.route)}

    def fill(self, values: Mapping[str, object]) -> str:
        """Return the address with something in each place; what is not named is "1"."""
        filled = _PART.sub(
            lambda match: str(values.get(match["name"] or match["group"], _example(match["kind"]))),
            self.route,
        )
        return "/" + filled.replace("^", "").replace("$", "").replace("\\Z", "")


def list_addresses() -> list[Address]:
    """Return every address of the pages and of signing in; operators' own pages are one of them."""
    return sorted(_walk(get_resolver().url_patterns, ""), key=lambda address: (address.route, address.name))


def read_whole(answer: Any) -> str:
    """Return the text of an answer; a file that is handed over is read and closed."""
    if not answer.streaming:
        return str(answer.content.decode())
    content = b"".join(answer.streaming_content)
    # `answer.close()` would also end the request, and with it the connection of the test's transaction.
    for close in answer._resource_closers:
        close()
    return content.decode(errors="replace")


def _example(kind: str | None) -> str:
    return "1" if kind == "int" else "x"


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Address]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Address(pattern.name or route, route)
        elif route == "backstage/":
            yield Address("backstage", route)
        elif route == "api/v1/":
            continue  # for programs, which have tokens: tests/integration/api walks through it
        else:
            yield from _walk(pattern.url_patterns, route)
