"""
Reading a list that changes while it is read, without losing a record. Pure: no network, no tables.

Records may be read twice; storing them twice does no harm. Two facts about Xero carry the proofs:
invoices and their like are never removed from a list, only given another status; and what changed
during a walk is asked for afterwards, from the moment the walk began.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """What a page told about the list when it was read."""

    page_count: int
    item_count: int


Read = Callable[[int], Awaitable[Seen]]
"""Reads and stores the page with this number, and says what it told."""

Keep = Callable[[int], Awaitable[None]]
"""Remembers a place to resume from: the page number that is given to the walk again."""


async def walk_by_id(read: Read, keep: Keep, *, at_once: int, start: int = 1) -> None:
    """
    Read all pages of a list ordered by an id that never changes, several at a time.

    A new record moves later ones onward by one place. Read strictly one page after the other, that
    only shows a record twice. Read side by side, a record can move from a page not yet read to one
    already read; then the earlier page, read later, tells a greater count than its successor. So:
    where the count falls from one page to the next, the next is read again.

    `start` is the page kept by an earlier walk: all before it were read, without such a fall.
    """
    counts = {start: await read(start)}
    kept = start

    async def advance() -> None:
        nonlocal kept
        last = kept
        while last in counts and (last + 1) in counts and not _falls(counts, last):
            last += 1
        if last > kept:
            kept = last
            await keep(kept)

    while pages := _unread(counts, start):
        await _read_side_by_side(pages, read, counts, at_once, advance)
    while (fallen := _first_fall(counts, start)) is not None:
        counts[fallen + 1] = await read(fallen + 1)
        for page in _unread(counts, start):
            counts[page] = await read(page)
        await advance()


async def walk_backwards(read: Read, keep: Keep, *, start: int | None = None) -> None:
    """
    Read all pages of a list ordered by the time of change, from the last page to the first.

    A changed record moves to the end, and those behind it move forward by one place: toward pages
    that are still to be read. The changed one itself belongs to the changes since the walk began.
    The first page has to be read first, for the number of pages; with more than one, again at the end.
    """
    first = await read(1)
    last = first.page_count if start is None else min(start, first.page_count)
    if first.page_count <= 1:
        return
    for page in range(last, 0, -1):
        await read(page)
        await keep(page)


async def walk_short_pages(read: Read, *, full: int) -> None:
    """Read pages of so many records until one is not full: the list tells no count."""
    page = 1
    while (await read(page)).item_count >= full:
        page += 1


def _falls(counts: dict[int, Seen], page: int) -> bool:
    return counts[page].item_count > counts[page + 1].item_count


def _first_fall(counts: dict[int, Seen], start: int) -> int | None:
    page = start
    while page + 1 in counts:
        if _falls(counts, page):
            return page
        page += 1
    return None


def _unread(counts: dict[int, Seen], start: int) -> list[int]:
    last = max(seen.page_count for seen in counts.values())
    return [page for page in range(start, last + 1) if page not in counts]


async def _read_side_by_side(
    pages: list[int],
    read: Read,
    counts: dict[int, Seen],
    at_once: int,
    advance: Callable[[], Awaitable[None]],
) -> None:
    """Read the pages in order of their numbers with so many under way; stop all when one fails."""
    waiting = iter(pages)

    async def work() -> None:
        for page in waiting:
            counts[page] = await read(page)
            await advance()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, len(pages))):
            group.create_task(work())
