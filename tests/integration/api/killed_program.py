"""Answers one posted request in a process of its own, which is killed with SIGKILL where it is told to be."""

import json
import os
import signal
import sys
from typing import Any


def answer(order: dict[str, Any]) -> None:
    """Do what is posted; die once it is done but not yet kept, or kept but not yet answered."""
    from django.test import Client
    from django.test.utils import setup_test_environment

    from counterfoil.api import middleware

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    setup_test_environment()
    setattr(middleware, order["kill_at"], die)
    Client(raise_request_exception=True).post(
        order["path"],
        json.dumps(order["body"]),
        content_type="application/json",
        headers={"Authorization": f"Bearer {order['secret']}", "Idempotency-Key": order["key"]},
    )


if __name__ == "__main__":
    import django

    django.setup()
    answer(json.loads(sys.argv[1]))
