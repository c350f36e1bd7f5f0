"""An installation in processes of its own, which the tests of this folder hurt one after the other."""

import os
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from hmac import new
from pathlib import Path

import httpx
import pytest

from tests.factories.installation import Installation, running_installation, temporary_home

KEY = "the-key-of-the-webhooks"


def post_webhook(url: str, number: int) -> int:
    """Post as Xero does; return the status of the answer, or 0 when there was none."""
    body = f'{{"events":[],"firstEventSequence":{number},"lastEventSequence":{number}}}'.encode()
    signature = b64encode(new(KEY.encode(), body, sha256).digest()).decode()
    try:
        answer = httpx.post(
            f"{url}/webhooks/xero",
            content=body,
            headers={"x-xero-signature": signature, "content-type": "application/json"},
            timeout=15,
            trust_env=False,
        )
    except httpx.HTTPError:
        return 0
    return answer.status_code


@pytest.fixture(scope="package")
def disk() -> Iterator[Path]:
    """A home, on a small disk of its own where one can be made."""
    with temporary_home() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "tmpfs", str(folder)]
        is_own = os.geteuid() == 0 and not subprocess.run(mount, check=False, capture_output=True).returncode
        yield folder
        if is_own:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="package")
def installation(disk: Path) -> Iterator[Installation]:
    """Web, worker and database; making them takes far longer than hurting them."""
    with running_installation(disk, XERO_WEBHOOK_KEY=KEY) as running:
        yield running
