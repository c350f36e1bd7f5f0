"""The mirror equals Xero, record for record (T23–T27, X9–X13)."""

from typing import Any

import pytest

from counterfoil.mirror.models import Run
from counterfoil.sync.streams import STREAMS
from tests.integration.sync.conftest import Mirrored

LISTS = [stream.name for stream in STREAMS if not stream.name.startswith("Reports/")]
IN_DELTA = [stream.name for stream in STREAMS if stream.in_delta]

Records = dict[str, dict[str, Any]]

# A contact's balances move with its documents and not with its own stamp; they are computed from
# the documents instead. Source: Xero developer guide, "Requests and Responses", If-Modified-Since.
BALANCES = "Balances"


def comparable(records: Records, *, but_for_names: bool) -> Records:
    """
    Return the records without what no list of changes tells.

    `but_for_names`: a document shows its contact's present name, and a rename moves no document's
    stamp; what was closed before keeps the name that it was read with. The contact itself is right.
    """
    plain = {
        key: {name: value for name, value in record.items() if name != BALANCES}
        for key, record in records.items()
    }
    return _forget_names(plain) if but_for_names else plain


def _forget_names(value: Any) -> Any:
    """Leave only the id of every contact that another record shows."""
    if isinstance(value, list):
        return [_forget_names(one) for one in value]
    if isinstance(value, dict):
        return {
            name: one.get("ContactID") if name == "Contact" else _forget_names(one)
            for name, one in value.items()
        }
    return value


def assert_equal(mirrored: Mirrored, names: list[str], *, but_for_names: bool = False) -> None:
    for name in names:
        copy, original = mirrored.copy_of(name), mirrored.original_of(name)
        assert original or name in ("Prepayments", "Overpayments"), f"there is nothing to compare in {name}"
        assert comparable(copy, but_for_names=but_for_names) == comparable(
            original, but_for_names=but_for_names
        ), name


def test_mirror_equals_xero_after_the_first_copy(mirrored: Mirrored) -> None:
    run = mirrored.sync(Run.Kind.FULL)

    assert run.state == Run.State.SUCCEEDED
    assert sum(len(mirrored.original_of(name)) for name in LISTS) > 3000
    assert_equal(mirrored, LISTS)


def test_mirror_equals_xero_after_500_random_changes_and_a_delta(mirrored: Mirrored) -> None:
    mirrored.sync(Run.Kind.FULL)
    made = mirrored.sandbox.change_at_random(mirrored.organisation.tenant_id, 500, seed=11)

    run = mirrored.sync(Run.Kind.DELTA)

    assert run.state == Run.State.SUCCEEDED
    assert sum(count for count in made.values() if isinstance(count, int)) >= 500
    assert_equal(mirrored, IN_DELTA)


def test_mirror_equals_xero_after_blind_changes_and_a_sweep(mirrored: Mirrored) -> None:
    mirrored.sync(Run.Kind.FULL)
    mirrored.sandbox.change_at_random(mirrored.organisation.tenant_id, 300, seed=12, blind_spots=True)

    run = mirrored.sync(Run.Kind.SWEEP)

    assert run.state == Run.State.SUCCEEDED
    assert_equal(mirrored, LISTS, but_for_names=True)


@pytest.mark.parametrize("endpoint", ["Invoices", "Contacts", "Payments", "ManualJournals"])
def test_mirror_equals_xero_when_pages_move_while_they_are_read(mirrored: Mirrored, endpoint: str) -> None:
    mirrored.sandbox.fault("during_page_change", match=endpoint, count=6, changes=40)

    first = mirrored.sync(Run.Kind.FULL)
    mirrored.sandbox.clear_faults()
    closing = mirrored.sync(Run.Kind.DELTA)

    assert [first.state, closing.state] == [Run.State.SUCCEEDED, Run.State.SUCCEEDED]
    assert_equal(mirrored, IN_DELTA)
