"""Walking a list that changes while it is read loses no record: any interleaving, any order of change."""

import asyncio
import random
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.sync.walk import Seen, walk_backwards, walk_by_id, walk_short_pages

PAGE = 3


@dataclass
class MovingList:
    """
    A list at Xero: records with a fixed id and a time of change, which others keep touching.

    Each read first yields to the loop a random number of times, so that reads that were begun
    together end in any order, and then lets the world change.
    """

    by_id: bool
    records: dict[int, int]
    moves: list[str]
    chance: random.Random
    clock: int = 1000
    stored: dict[int, int] = field(default_factory=dict)
    kept: list[int] = field(default_factory=list)
    reads: int = 0

    async def read(self, page: int) -> Seen:
        for _ in range(self.chance.randrange(4)):
            await asyncio.sleep(0)
        key = (lambda item: item[0]) if self.by_id else (lambda item: (item[1], item[0]))
        ordered = sorted(self.records.items(), key=key)
        answer = ordered[(page - 1) * PAGE : page * PAGE]
        seen = Seen(page_count=-(-len(ordered) // PAGE), item_count=len(ordered))
        self.change()
        for _ in range(self.chance.randrange(4)):
            await asyncio.sleep(0)
        self.reads += 1
        self.stored.update(answer)
        return seen

    def change(self) -> None:
        if self.moves:
            self.clock += 1
            if self.moves.pop() == "add":
                self.records[self.chance.randrange(10_000)] = self.clock
            elif self.records:
                self.records[self.chance.choice(sorted(self.records))] = self.clock

    async def keep(self, page: int) -> None:
        self.kept.append(page)

    def lost(self, began: int) -> set[int]:
        """Return the records that were neither read as they are nor changed since the walk began."""
        return {
            key for key, stamp in self.records.items() if self.stored.get(key) != stamp and stamp <= began
        }


def make_list(size: int, moves: list[str], seed: int, *, by_id: bool) -> MovingList:
    chance = random.Random(seed)
    records = {chance.randrange(10_000): stamp for stamp in range(size)}
    return MovingList(by_id=by_id, records=records, moves=moves, chance=chance)


sizes = st.integers(0, 25)
moves = st.lists(st.sampled_from(["add", "touch"]), max_size=12)
seeds = st.integers(0, 10_000)


@settings(max_examples=400)
@given(sizes, moves, seeds, st.integers(1, 6))
def test_walk_by_id_loses_nothing_however_pages_move(
    size: int, moves: list[str], seed: int, at_once: int
) -> None:
    moving = make_list(size, moves, seed, by_id=True)

    asyncio.run(walk_by_id(moving.read, moving.keep, at_once=at_once))

    assert moving.lost(began=1000) == set()


@settings(max_examples=400)
@given(sizes, moves, seeds)
def test_walk_backwards_loses_nothing_however_pages_move(size: int, moves: list[str], seed: int) -> None:
    moving = make_list(size, moves, seed, by_id=False)

    asyncio.run(walk_backwards(moving.read, moving.keep))

    assert moving.lost(began=1000) == set()


@settings(max_examples=300)
@given(sizes, moves, seeds, st.integers(1, 8), st.booleans())
def test_a_walk_that_was_cut_off_and_resumed_loses_nothing(
    size: int, moves: list[str], seed: int, reads_before_the_kill: int, by_id: bool
) -> None:
    moving = make_list(size, moves, seed, by_id=by_id)

    class Killed(Exception):
        pass

    async def read_until_killed(page: int) -> Seen:
        if moving.reads >= reads_before_the_kill:
            raise Killed
        return await moving.read(page)

    async def walk(resumed: bool) -> None:
        read = moving.read if resumed else read_until_killed
        start = moving.kept[-1] if moving.kept else None
        if by_id:
            await walk_by_id(read, moving.keep, at_once=3, start=start or 1)
        else:
            await walk_backwards(read, moving.keep, start=start)

    try:
        asyncio.run(walk(resumed=False))
    except* Killed:
        asyncio.run(walk(resumed=True))

    assert moving.lost(began=1000) == set()


def test_walk_by_id_reads_each_page_once_when_nothing_moves() -> None:
    moving = make_list(20, [], seed=1, by_id=True)

    asyncio.run(walk_by_id(moving.read, moving.keep, at_once=5))

    assert (moving.reads, len(moving.stored), moving.kept[-1]) == (7, 20, 7)


def test_walk_backwards_reads_one_page_once() -> None:
    moving = make_list(2, [], seed=1, by_id=False)

    asyncio.run(walk_backwards(moving.read, moving.keep))

    assert (moving.reads, len(moving.stored)) == (1, 2)


def test_walk_short_pages_ends_at_the_first_page_that_is_not_full() -> None:
    asked = []

    async def read(page: int) -> Seen:
        asked.append(page)
        return Seen(page_count=1, item_count=100 if page < 3 else 40)

    asyncio.run(walk_short_pages(read, full=100))

    assert asked == [1, 2, 3]
