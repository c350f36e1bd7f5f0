"""Holds everything that was said to a stand-in, and by it, against Xero's files."""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass

from tests.contract.answers import SpecViolated, check_answer
from tests.contract.requests import PRODUCT, check_request
from xero_sandbox.recording import Exchange

# Faults that spoil an answer on purpose; an answer under any other fault is checked as ever.
DAMAGE = frozenset({"500", "html_404", "malformed_json", "truncated", "unknown_status", "missing_field"})


@dataclass
class Checked:
    """How many exchanges were held against a file."""

    requests: int = 0
    answers: int = 0


def check_exchanges(exchanges: Iterable[Exchange]) -> Checked:
    """
    Check every answer, and every request that Counterfoil sent; raise SpecViolated with all that differ.

    What the tests themselves ask, also wrongly and on purpose, is told apart by its user agent.
    """
    checked, found = Checked(), []
    for exchange in exchanges:
        try:
            checked.requests += _check_request(exchange)
            checked.answers += _check_answer(exchange)
        except SpecViolated as violation:
            found.append(str(violation))
    if found:
        raise SpecViolated(f"Of the exchanges with the stand-in, {len(found)}", list(dict.fromkeys(found)))
    return checked


def _check_request(exchange: Exchange) -> bool:
    headers = exchange.request_headers
    if not headers.get("user-agent", "").startswith(PRODUCT):
        return False
    return check_request(exchange.method, exchange.path, exchange.query, headers, exchange.request_body)


def _check_answer(exchange: Exchange) -> bool:
    if exchange.fault in DAMAGE:
        return False
    body = exchange.answer_body
    if exchange.answer_headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    media_type = exchange.answer_headers.get("content-type", "")
    return check_answer(exchange.method, exchange.path, exchange.status, media_type, body)
