"""
What a program does that is written with another reader of Xero. It runs in an environment of its own.

    python rival_readers.py sdk|pyxero|tap URL TOKEN TENANT [SINCE]     prints one JSON object

It reads the same eight paged lists as Counterfoil, in the largest pages that the reader offers, and keeps
nothing.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

LISTS = (
    "contacts",
    "invoices",
    "credit_notes",
    "payments",
    "prepayments",
    "overpayments",
    "bank_transactions",
    "manual_journals",
)
PAGE = 1000


def read_by_sdk(url: str, token: str, tenant: str, since: str) -> int:
    """Read with Xero's own SDK."""
    from xero_python.accounting import AccountingApi
    from xero_python.api_client import ApiClient
    from xero_python.api_client.configuration import Configuration
    from xero_python.api_client.oauth2 import OAuth2Token

    kept = {
        "access_token": token,
        "expires_in": 1800,
        "expires_at": time.time() + 1800,
        "token_type": "Bearer",
        "refresh_token": "",
        "scope": [],
    }
    oauth = OAuth2Token(client_id="reader", client_secret="reader")
    client = ApiClient(
        Configuration(oauth2_token=oauth), oauth2_token_getter=lambda: kept, oauth2_token_saver=kept.update
    )
    api = AccountingApi(client, base_url=f"{url}/api.xro/2.0")
    changed = {"if_modified_since": datetime.fromisoformat(since)} if since else {}

    def read(name: str, page: int) -> list[object]:
        answer = getattr(api, f"get_{name}")(tenant, page=page, page_size=PAGE, **changed)
        return list(getattr(answer, name))

    return sum(_read_pages(partial(read, name)) for name in LISTS)


def read_by_pyxero(url: str, token: str, tenant: str, since: str) -> int:
    """Read with pyxero."""
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the stand-in speaks plain HTTP
    from xero import Xero
    from xero.auth import OAuth2Credentials

    tokens = {"access_token": token, "token_type": "Bearer", "expires_at": time.time() + 1800}
    credentials = OAuth2Credentials("reader", "reader", token=tokens, tenant_id=tenant)
    credentials.base_url = url
    xero = Xero(credentials)
    changed = {"since": datetime.fromisoformat(since)} if since else {}

    def read(name: str, page: int) -> list[object]:
        return list(getattr(xero, name.replace("_", "")).filter(page=page, pageSize=PAGE, **changed))

    return sum(_read_pages(partial(read, name)) for name in LISTS)


def read_by_tap(url: str, token: str, tenant: str, since: str) -> int:
    """Read with tap-xero, as a Singer pipeline would; its pages are of 100."""
    import singer
    import tap_xero
    from tap_xero import client
    from tap_xero.context import Context

    client.BASE_URL = f"{url}/api.xro/2.0"
    config = {"start_date": since or "2000-01-01T00:00:00Z", "tenant_id": tenant}
    context = Context(config, {}, None, None)
    context.client.access_token, context.client.tenant_id = token, tenant
    context.refresh_credentials = context.check_platform_access = lambda: None
    context.catalog = tap_xero.discover(context)
    for entry in context.catalog.streams:
        for row in entry.metadata:
            row["metadata"]["selected"] = entry.tap_stream_id in LISTS
    count = 0
    write = singer.write_record

    def write_and_count(*given: object, **more: object) -> None:
        nonlocal count
        count += 1
        write(*given, **more)

    singer.write_record = write_and_count
    said, sys.stdout = sys.stdout, Path(os.devnull).open("w")  # noqa: SIM115 - until the process ends
    try:
        tap_xero.sync(context)
    finally:
        sys.stdout = said
    return count


def _read_pages(read: Callable[[int], list[object]]) -> int:
    page, count = 1, 0
    while records := read(page):
        count += len(records)
        if len(records) < PAGE:
            break
        page += 1
    return count


def _read_memory() -> int:
    """Return this program's peak memory in MB: what the system tells of a child holds its parent's, too."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return round(int(line.split()[1]) / 1024)


READERS = {"sdk": read_by_sdk, "pyxero": read_by_pyxero, "tap": read_by_tap}


if __name__ == "__main__":
    reader, address, access_token, tenant_id, *moment = sys.argv[1:]
    begun = time.perf_counter()
    read = READERS[reader](address, access_token, tenant_id, moment[0] if moment else "")
    took = round(time.perf_counter() - begun, 3)
    sys.stdout.write(json.dumps({"records": read, "seconds": took, "memory": _read_memory()}) + "\n")
