"""With Xero's real limits switched on, a full copy never meets one of them (PAIN 2)."""

from collections.abc import Callable

import pytest

from counterfoil.mirror.models import Run
from tests.factories.sandbox import RunningSandbox, running_sandbox
from tests.integration.sync.conftest import Mirrored
from tests.integration.sync.test_mirror_equals_xero import LISTS, assert_equal


@pytest.mark.slow
def test_a_full_copy_under_real_limits_ends_without_one_refusal(
    connect: Callable[[RunningSandbox], Mirrored],
) -> None:
    """120 calls and more, at 60 a minute: this takes about two minutes."""
    with running_sandbox(invoices=60_000, contacts=3_000, limits=True, tier="starter") as sandbox:
        mirrored = connect(sandbox)

        run = mirrored.sync(Run.Kind.FULL)

        stats = sandbox.stats()
        assert run.state == Run.State.SUCCEEDED
        assert stats["api_answers"] > 120
        assert stats["refusals_429"] == {}
        assert max(stats["max_in_flight"].values()) <= 5
        assert_equal(mirrored, LISTS)
