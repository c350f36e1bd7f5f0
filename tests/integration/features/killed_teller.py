"""Tells one subscription in a process of its own, which is killed with SIGKILL where it is told to be."""

import json
import os
import signal
import sys
from datetime import datetime
from typing import Any


def tell_and_die(order: dict[str, Any]) -> None:
    """Die before anything is posted, or once the other tool took it and nobody here knows yet."""
    from counterfoil.features.announcing import reaching, telling

    def post(*given: Any, **named: Any) -> int:
        if order["kill_at"] == "taken":
            reaching.post(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("It is dead.")

    setattr(telling, "post", post)  # noqa: B010 - it is imported there, and typed as its own
    telling.tell(order["workspace"], order["subscription"], now=datetime.fromisoformat(order["now"]))


if __name__ == "__main__":
    import django

    django.setup()
    tell_and_die(json.loads(sys.argv[1]))
