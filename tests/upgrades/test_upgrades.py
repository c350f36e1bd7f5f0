"""What an installation of each kept version holds is brought up to date, and still agrees with Xero."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from tests.factories.sandbox import CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET, running_sandbox

VERSIONS = sorted(folder for folder in Path(__file__).parent.iterdir() if (folder / "backup.zip").exists())


@pytest.fixture
def database(db: None) -> Iterator[str]:
    """The address of an empty database."""
    where = connection.settings_dict
    name = f"{where['NAME']}_upgraded"
    host, passwords = quote(str(where["HOST"]), safe=""), where["OPTIONS"]["passfile"]
    with psycopg.connect(
        host=where["HOST"], user=where["USER"], dbname="postgres", autocommit=True, **where["OPTIONS"]
    ) as session:
        session.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        yield f"postgresql://{where['USER']}@/{name}?host={host}&passfile={passwords}"
        session.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def ask(database: str, statement: str) -> list[tuple[object, ...]]:
    """Ask the database itself, across all workspaces."""
    with psycopg.connect(database, autocommit=True) as session:
        session.execute("set counterfoil.workspace = '*'")
        return session.execute(statement.encode()).fetchall()


def test_the_first_version_is_kept() -> None:
    assert [folder.name for folder in VERSIONS][:1] == ["0.1.0"]


@pytest.mark.parametrize("kept", VERSIONS, ids=lambda folder: folder.name)
def test_a_kept_version_is_brought_up_to_date_with_nothing_lost(
    kept: Path, database: str, tmp_path: Path
) -> None:
    books = tmp_path / "books.json"
    books.write_bytes(gzip.decompress((kept / "books.json.gz").read_bytes()))
    with running_sandbox(state=books, tier="advanced", minute_calls=10_000, watched=False) as xero:
        environment = os.environ | {
            "DATABASE_URL": database,
            "COUNTERFOIL_HOME": str(tmp_path / "home"),
            "XERO_CLIENT_ID": CUSTOM_CLIENT_ID,
            "XERO_CLIENT_SECRET": CUSTOM_CLIENT_SECRET,
            **{f"XERO_{name}_URL": xero.url for name in ("LOGIN", "IDENTITY", "API", "WEB")},
        }

        def run(*arguments: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-m", "counterfoil", *arguments]
            return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

        restored = run("restore", str(kept / "backup.zip"))
        held = ask(database, _COUNTS)
        synced = run("sync")
        verified = run("verify", "--json")

    assert restored.returncode == 0, restored.stderr
    assert held == [(1, 1, 1, "Tane & Partners", 12)]
    assert synced.returncode == 0, synced.stderr
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert json.loads(verified.stdout)["verdict"] == "equal"
    # Nothing came anew or twice: the sync after the upgrade found what it knew.
    assert ask(database, _COUNTS) == held


_COUNTS = """
select (select count(*) from clients_client), (select count(*) from clients_person),
       (select count(*) from clients_deal), (select name from mirror_workspace),
       (select count(*) from mirror_invoice)
"""
