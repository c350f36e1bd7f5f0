"""Answers in Xero's real, inconsistent shapes (FACTS 5.2, 9)."""

import uuid
from dataclasses import dataclass, field

from isal import igzip
from starlette.responses import Response

from xero_sandbox.books.rows import encode

NOT_FOUND_SENTENCE = "The resource you're looking for cannot be found"
_NO_STORE = "max-age=0, no-cache, no-store"


@dataclass
class Answer:
    """What is sent back, before headers common to all answers are added."""

    body: bytes = b""
    status: int = 200
    media_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)

    def finish(self, *, correlation_id: str) -> Response:
        """Return the response; its raw bytes are no longer needed afterwards."""
        headers = {"xero-correlation-id": correlation_id, "cache-control": _NO_STORE, **self.headers}
        return Response(
            self.body,
            status_code=self.status,
            media_type=self.media_type if self.body else None,
            headers=headers,
        )


def compress(answer: Answer, accept_encoding: str) -> bool:
    """Gzip the body where the client takes it; return whether it was done."""
    if "gzip" not in accept_encoding.lower() or not answer.body:
        return False
    # A page of 1,000 invoices takes a quarter of the time that zlib's quickest level takes.
    answer.body = igzip.compress(answer.body, compresslevel=0, mtime=0)
    answer.headers |= {"content-encoding": "gzip", "vary": "Accept-Encoding"}
    return True


def new_correlation_id() -> str:
    """Return a fresh identifier for one answer."""
    return str(uuid.uuid4())


def problem(status: int, title: str, detail: str, *, correlation_id: str) -> Answer:
    """Return the problem JSON of 401 and 403; `Instance` equals the correlation id."""
    body: dict[str, object] = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": correlation_id,
        "Extensions": {},
    }
    return Answer(body=encode(body), status=status)


def not_found() -> Answer:
    """Return 404 with a plain sentence, as FACTS 13 chooses."""
    return Answer(NOT_FOUND_SENTENCE.encode(), 404, "text/plain; charset=utf-8")


def refused(error_number: int, type_: str, message: str, *, status: int = 400) -> Answer:
    """Return an API exception."""
    body = {"ErrorNumber": error_number, "Type": type_, "Message": message}
    return Answer(body=encode(body), status=status)


def query_refused(message: str) -> Answer:
    """Return the answer to a `where` or `order` that cannot be understood."""
    return refused(16, "QueryParseException", message)


def too_many(kind: str, *, retry_after_s: int | None, headers: dict[str, str]) -> Answer:
    """Return 429: no body, and Retry-After for all but the concurrent limit (FACTS 4)."""
    answer = Answer(status=429, headers={"x-rate-limit-problem": kind, **headers})
    if retry_after_s is not None:
        answer.headers["retry-after"] = str(retry_after_s)
    return answer
