"""The right to sync an organisation, one process at a time."""

import pytest

from counterfoil.sync.lease import AlreadySyncing, hold_lease, is_leased


@pytest.mark.django_db
def test_a_lease_that_was_given_back_can_be_taken_at_once() -> None:
    for _ in range(30):
        with hold_lease(4711):
            assert is_leased(4711)

    assert not is_leased(4711)


@pytest.mark.django_db
def test_a_lease_is_given_back_when_its_holder_fails() -> None:
    with pytest.raises(ZeroDivisionError), hold_lease(4711):
        _ = 1 / 0

    with hold_lease(4711), pytest.raises(AlreadySyncing), hold_lease(4711):
        pass
