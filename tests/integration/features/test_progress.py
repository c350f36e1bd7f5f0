"""How long the rest of a run may take (K26)."""

from datetime import timedelta

import pytest

from counterfoil.features.connections.progress import estimate_time_left


@pytest.mark.parametrize(
    ("done", "total", "calls", "elapsed_s", "left_s"),
    [
        (4, 100, 4, 4, None),  # too little to judge by
        (10, 20, 10, 10, 10),  # at the pace so far
        (20, 20, 20, 10, 0),  # nothing left
        (50, 170, 50, 10, 110),  # ten calls are free, the other 110 take a minute for sixty
        (60, 120, 60, 600, 600),  # slower than the limit: the pace counts
    ],
)
def test_time_left_is_pages_left_at_the_pace_so_far_and_never_beyond_xeros_limit(
    done: int, total: int, calls: int, elapsed_s: int, left_s: int | None
) -> None:
    left = estimate_time_left(
        pages_done=done, pages_total=total, calls=calls, elapsed=timedelta(seconds=elapsed_s)
    )

    assert left == (None if left_s is None else timedelta(seconds=left_s))
