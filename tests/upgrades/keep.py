"""
Keeps what an installation of this version holds, for later ones: `python -m tests.upgrades.keep 0.1.0`.

Run once for each release, from its sources: beside a stand-in, an installation is made as a firm makes it,
and backed up. `test_upgrades.py` restores every such backup with the newest version.
"""

import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.factories.sandbox import CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET, running_sandbox

KEPT = Path(__file__).parent

# What people put in; the names of the product's own modules are those of the version that is kept.
_PEOPLE = """
import django; django.setup()
from datetime import UTC, datetime
from counterfoil.config.installation import database_running
from counterfoil.features.clients.models import Client, Deal, Person
from counterfoil.features.workspaces.models import User
from counterfoil.features.workspaces.operations import create_workspace
from counterfoil.mirror.scope import in_workspace
now = datetime(2026, 11, 22, 9, tzinfo=UTC)
with database_running():
    owner = User.objects.create_user("mara@firm.example", "a-long-pass-phrase")
    firm = create_workspace(name="Tane & Partners", owner=owner, now=now)
    with in_workspace(firm.pk):
        client = Client.objects.create(workspace=firm, name="Kowhai Builders", number="K-1", created_at=now)
        Person.objects.create(workspace=firm, client=client, name="Aroha Ngata", created_at=now)
        Deal.objects.create(workspace=firm, client=client, name="Year end", created_at=now)
"""


def keep(version: str) -> Path:
    """Make an installation, fill it, and keep its backup and the books that it was filled from."""
    folder = KEPT / version
    folder.mkdir()
    with tempfile.TemporaryDirectory() as scratch:
        home, books = Path(scratch) / "home", Path(scratch) / "books.json"
        Path(scratch).chmod(0o755)
        with running_sandbox(invoices=12, contacts=8, tier="advanced", watched=False, state=books) as xero:
            addresses = {f"XERO_{name}_URL": xero.url for name in ("LOGIN", "IDENTITY", "API", "WEB")}
            environment = (
                os.environ
                | addresses
                | {
                    "COUNTERFOIL_HOME": str(home),
                    "DJANGO_SETTINGS_MODULE": "counterfoil.config.settings",
                    "XERO_CLIENT_ID": CUSTOM_CLIENT_ID,
                    "XERO_CLIENT_SECRET": CUSTOM_CLIENT_SECRET,
                }
            )
            for command in (
                ["-m", "counterfoil", "migrate"],
                ["-c", _PEOPLE],
                ["-m", "counterfoil", "connect", "--custom"],
                ["-m", "counterfoil", "sync"],
                ["-m", "counterfoil", "backup", str(folder / "backup.zip"), "--with-keys"],
            ):
                subprocess.run([sys.executable, *command], env=environment, check=True)
        (folder / "books.json.gz").write_bytes(gzip.compress(books.read_bytes(), mtime=0))
    return folder


if __name__ == "__main__":
    print(f"Kept in {keep(sys.argv[1])}")  # noqa: T201 - it is a command
