"""How long the stand-in takes for a page of 1,000 invoices."""

import statistics
import time
from typing import TypedDict

from tests.factories.sandbox import RunningSandbox, running_sandbox

PAGE_SIZE = 1000


class PageFigures(TypedDict):
    """What was measured."""

    page_ms: float
    page_p95_ms: float
    page_kb: float
    pages: int


def measure_pages(*, invoices: int) -> PageFigures:
    """Read every page of a generated organisation, one after the other."""
    with running_sandbox(
        watched=False,
        start_within_s=120,
        invoices=invoices,
        contacts=invoices // 5,
        payments=invoices * 77 // 100,
        limits=False,
    ) as sandbox:
        tenant = sandbox.tenant_id()
        headers = {
            "authorization": f"Bearer {sandbox.tokens(tenant)['access_token']}",
            "xero-tenant-id": tenant,
            "accept-encoding": "gzip",
        }
        pages = range(1, invoices // PAGE_SIZE + 1)
        _read(sandbox, headers, 1)
        read = [_read(sandbox, headers, page) for page in pages]
    times = sorted(seconds * 1000 for seconds, _ in read)
    return PageFigures(
        page_ms=statistics.median(times),
        page_p95_ms=times[int(len(times) * 0.95)],
        page_kb=statistics.median(size for _, size in read) / 1000,
        pages=len(read),
    )


def _read(sandbox: RunningSandbox, headers: dict[str, str], page: int) -> tuple[float, int]:
    """Return the seconds and bytes of one page, left compressed: reading them is the client's own time."""
    address = f"/api.xro/2.0/Invoices?page={page}&pageSize={PAGE_SIZE}"
    began = time.perf_counter()
    with sandbox.client.stream("GET", address, headers=headers) as answer:
        answer.raise_for_status()
        size = sum(len(chunk) for chunk in answer.iter_raw())
    return time.perf_counter() - began, size
