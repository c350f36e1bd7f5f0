"""Posts webhooks at fixed moments over open connections; told what by one line of JSON: see `webhooks`."""

import asyncio
import json
import sys
import time
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from hmac import new
from typing import Any
from urllib.parse import urlsplit

_CONNECTIONS = 32
_GIVES_UP_S = 30.0


async def main(url: str, key: str) -> None:
    """Post what is asked for, and print the time and the status of each answer; status 0 is none."""
    job: dict[str, Any] = json.loads(sys.stdin.readline())
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    posts = [_build(job, number, key, host) for number in range(job["count"])]
    waiting: asyncio.Queue[int] = asyncio.Queue()
    answers: list[tuple[float, int]] = []
    due = [job["begin"] + job["offset"] + number * job["every"] for number in range(job["count"])]

    async def post_in_turn() -> None:
        connection = None
        while (number := await waiting.get()) >= 0:
            try:
                async with asyncio.timeout(_GIVES_UP_S):
                    connection = connection or await asyncio.open_connection(host, port)
                    status = await _post(*connection, posts[number])
            except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
                connection, status = None, 0
            answers.append((time.time() - due[number], status))

    posting = [asyncio.create_task(post_in_turn()) for _ in range(_CONNECTIONS)]
    for number, moment in enumerate(due):
        if (wait := moment - time.time()) > 0:
            await asyncio.sleep(wait)
        waiting.put_nowait(number)
    for _ in posting:
        waiting.put_nowait(-1)
    await asyncio.gather(*posting)
    sys.stdout.write(json.dumps(answers))


async def _post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, post: bytes) -> int:
    writer.write(post)
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and int(value):
            await reader.readexactly(int(value))
    return int(head.split(b" ", 2)[1])


def _build(job: dict[str, Any], number: int, key: str, host: str) -> bytes:
    """Return the whole request about one record, as Xero signs it."""
    told = job["told"]
    event = {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{told[number % len(told)]}",
        "resourceId": told[number % len(told)],
        "eventDateUtc": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3],
        "eventType": "UPDATE",
        "eventCategory": "INVOICE",
        "tenantId": job["tenant"],
        "tenantType": "ORGANISATION",
    }
    sequence = job["first"] + number + 1
    parcel = {
        "events": [event],
        "firstEventSequence": sequence,
        "lastEventSequence": sequence,
        "entropy": "S0M3",
    }
    body = json.dumps(parcel).encode()
    signature = b64encode(new(key.encode(), body, sha256).digest()).decode()
    head = (
        f"POST /webhooks/xero HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"x-xero-signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
