"""Checks the stand-in's answers against Xero's files."""

import json
from typing import Any

from tests.contract.openapi import compile_answer, find_operation

# The files describe no body for these, or describe another one than Xero gives (FACTS 9).
UNDESCRIBED_STATUSES = frozenset({404, 405, 412, 413, 429, 500, 501, 503})
# What Xero answers with 401 and 403 (FACTS 2.3), for which the files have no word.
PROBLEM = {"Type", "Title", "Status", "Detail", "Instance", "Extensions"}
# JSON that Xero gives at addresses or with statuses that its files leave out.
UNDESCRIBED_ANSWERS = {
    "/connect/token": "the OAuth endpoints are in none of the files; FACTS 1.2 and 1.4 describe them",
    "/connect/revocation": "as /connect/token",
    "/connect/userinfo": "as /connect/token",
    "/.well-known/openid-configuration": "OpenID's own standard",
    "/.well-known/openid-configuration/jwks": "OpenID's own standard",
}
MOST_CHECKED = 100


class SpecViolated(AssertionError):
    """What was said does not have the shape that Xero publishes."""

    def __init__(self, exchange: str, faults: list[str]) -> None:
        shown = "\n  ".join(faults[:12])
        super().__init__(f"{exchange} is not as Xero's OpenAPI files say:\n  {shown}")


def check_answer(method: str, path: str, status: int, media_type: str, body: bytes) -> bool:
    """
    Return whether a file describes this answer; raise SpecViolated where the answer differs.

    Of a list of more than a hundred elements the first and the last fifty are checked.
    """
    if "json" not in media_type or path in UNDESCRIBED_ANSWERS or status in UNDESCRIBED_STATUSES:
        return False
    shown = f"{method} {path}, answered {status},"
    content = json.loads(body)
    if status in {401, 403}:
        if set(content) != PROBLEM or content["Status"] != status:
            raise SpecViolated(shown, [f"a problem has the members {sorted(PROBLEM)}, not {content}"])
        return True
    operation = find_operation(method, path)
    validator = compile_answer(operation, status) if operation else None
    if validator is None:
        if 200 <= status < 300:
            raise SpecViolated(shown, ["no file knows of this answer"])
        return False
    faults = [
        f"{'/'.join(str(part) for part in error.instance_path)}: {error.message[:200]}"
        for error in validator.iter_errors(_shorten(content))
    ]
    if faults:
        raise SpecViolated(shown, faults)
    return True


def _shorten(content: Any) -> Any:
    if isinstance(content, list) and len(content) > MOST_CHECKED:
        return content[: MOST_CHECKED // 2] + content[-MOST_CHECKED // 2 :]
    if isinstance(content, dict):
        return {key: _shorten(value) if isinstance(value, list) else value for key, value in content.items()}
    return content
