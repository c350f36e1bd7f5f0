"""Which state an organisation is in, and what people are told (X31, PAIN 9)."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from counterfoil.domain.health import Facts, Failure, Health, State, Step, judge

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FINE = Facts(zone=ZoneInfo("Pacific/Auckland"), as_of=NOON)
BALANCE = Failure("Trial balance", "Xero did not answer: it took too long.", "It is tried again.")
NO_SCOPE = Failure("Payments", "The permission does not cover it.", "Reconnect.", wants_consent=True)


@pytest.mark.parametrize(
    ("facts", "state", "step"),
    [
        (FINE, State.CONNECTED, Step.SYNC_NOW),
        (replace(FINE, as_of=None), State.CONNECTED, Step.SYNC_NOW),
        (replace(FINE, is_queued=True), State.SYNCING, Step.NOTHING),
        (replace(FINE, is_running=True, is_worked=True), State.SYNCING, Step.NOTHING),
        (replace(FINE, is_running=True), State.SYNCING, Step.NOTHING),
        (replace(FINE, waits_until=NOON), State.WAITING, Step.NOTHING),
        (replace(FINE, failures=[BALANCE]), State.ATTENTION, Step.SYNC_NOW),
        (replace(FINE, failures=[BALANCE, NO_SCOPE]), State.ATTENTION, Step.RECONNECT),
        (replace(FINE, quarantined=3), State.ATTENTION, Step.SEE_QUARANTINE),
        (replace(FINE, differs_because="2 figures differ."), State.ATTENTION, Step.SEE_PROOF),
        (replace(FINE, quarantined=1, differs_because="So."), State.ATTENTION, Step.SEE_QUARANTINE),
        (replace(FINE, auto_sync=False), State.PAUSED, Step.SWITCH_ON),
        (replace(FINE, app_refused_because="No such app."), State.ATTENTION, Step.CORRECT_APP),
        (replace(FINE, is_lost=True), State.LOST, Step.RECONNECT),
        # What is worse is said first.
        (replace(FINE, auto_sync=False, failures=[BALANCE]), State.ATTENTION, Step.SYNC_NOW),
        (replace(FINE, auto_sync=False, is_queued=True), State.SYNCING, Step.NOTHING),
        (replace(FINE, is_lost=True, is_queued=True, failures=[BALANCE]), State.LOST, Step.RECONNECT),
        (replace(FINE, waits_until=NOON, failures=[BALANCE]), State.WAITING, Step.NOTHING),
    ],
)
def test_each_combination_of_facts_has_one_state_and_one_button(
    facts: Facts, state: State, step: Step
) -> None:
    health = judge(facts)

    assert (health.state, health.step) == (state, step)
    assert health.sentence.endswith((".", "!"))


def test_nothing_is_said_of_an_error_while_a_sync_runs_that_may_mend_it() -> None:
    health = judge(replace(FINE, is_running=True, is_worked=True, failures=[BALANCE], quarantined=2))

    assert health == Health(State.SYNCING, "A sync is under way.", "It goes on when you leave this page.")


def test_waiting_says_until_when_by_the_clock_of_the_organisation() -> None:
    assert judge(replace(FINE, waits_until=NOON, waits_for="The day is spent.")) == Health(
        State.WAITING,
        "The day is spent.",
        "Nothing is lost. It goes on by itself on 23 Nov 2026, 01:00 NZDT, where it stopped.",
    )


def test_a_failure_says_which_record_in_xeros_words_and_when_it_is_tried_again() -> None:
    assert judge(replace(FINE, failures=[BALANCE], tries_again_at=NOON)) == Health(
        State.ATTENTION,
        "Trial balance could not be read: Xero did not answer: it took too long.",
        "It is tried again. Counterfoil tries again by itself on 23 Nov 2026, 01:00 NZDT.",
        Step.SYNC_NOW,
    )


def test_without_auto_sync_no_retry_is_promised() -> None:
    health = judge(replace(FINE, auto_sync=False, quarantined=1, tries_again_at=NOON))

    assert health.sentence == "1 record could not be read and lies in quarantine; everything else is here."
    assert health.next_step.endswith("Auto-sync is off, so nothing is tried again by itself.")


def test_the_worst_state_comes_first() -> None:
    order = [state.word for state in sorted(State, key=lambda state: state.trouble)]

    assert order == ["Lost access", "Needs attention", "Waiting", "Paused", "Syncing", "Connected"]
