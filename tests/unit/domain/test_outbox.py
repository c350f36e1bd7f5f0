"""The states of a write to Xero, and what holds on every way through them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.outbox import (
    APPROVED,
    IN_DOUBT,
    MOVES,
    NOT_SENT,
    IllegalMove,
    OutboxState,
    can_move,
    require_move,
)

STATES = list(OutboxState)


@st.composite
def journeys(draw: st.DrawFn) -> list[OutboxState]:
    """Any way that an operation can take from its beginning."""
    way = [OutboxState.DRAFT]
    for _ in range(draw(st.integers(0, 40))):
        if not MOVES[way[-1]]:
            break
        way.append(draw(st.sampled_from(sorted(MOVES[way[-1]]))))
    return way


def reach(start: OutboxState) -> set[OutboxState]:
    found, new = {start}, {start}
    while new:
        new = {after for state in new for after in MOVES[state]} - found
        found |= new
    return found


def test_every_state_has_its_moves_and_its_name() -> None:
    assert set(MOVES) == set(STATES)
    assert len({state.label for state in STATES}) == len(STATES)


@given(journeys())
def test_what_is_done_was_sent_and_what_was_sent_was_queued(way: list[OutboxState]) -> None:
    for before, after in itertools.pairwise(way):
        if after is OutboxState.DONE:
            assert before in IN_DOUBT
        if after is OutboxState.SENDING:
            assert before is OutboxState.QUEUED
        if after is OutboxState.UNKNOWN:
            assert before is OutboxState.SENDING


@given(journeys())
def test_what_is_in_doubt_is_never_changed_nor_asked_about_again_before_it_is_known(
    way: list[OutboxState],
) -> None:
    for before, after in itertools.pairwise(way):
        if before in IN_DOUBT:
            assert after not in {OutboxState.DRAFT, OutboxState.WAITING}
        if before is OutboxState.SENDING:
            assert after is not OutboxState.HELD


@pytest.mark.parametrize("state", STATES)
def test_nothing_is_stuck_for_good(state: OutboxState) -> None:
    assert OutboxState.DONE in reach(state)


def test_what_is_done_stays_done() -> None:
    assert MOVES[OutboxState.DONE] == frozenset()


def test_the_named_groups_hold_what_their_names_say() -> None:
    assert frozenset({OutboxState.SENDING, OutboxState.UNKNOWN}) == IN_DOUBT
    assert not IN_DOUBT & NOT_SENT
    assert OutboxState.WAITING not in APPROVED


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_an_illegal_move_is_refused_and_named(before: OutboxState, after: OutboxState) -> None:
    if can_move(before, after):
        require_move(before, after)
    else:
        with pytest.raises(IllegalMove, match=before.label):
            require_move(before, after)
