"""`counterfoil backup` and `counterfoil restore`, as an operator types them."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.utils import timezone
from psycopg import sql

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Connection, Grant, Operation, Organisation
from counterfoil.mirror.scope import across_workspaces
from tests.integration.cli.conftest import Shell
from tests.integration.cli.test_verify import let_a_minute_pass


@dataclass(frozen=True)
class Elsewhere:
    """A shell on a new machine, with an empty database and keys of its own, as after a disk was lost."""

    shell: Shell
    name: str

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """Ask the database itself, across all workspaces."""
        where = connection.settings_dict
        with psycopg.connect(
            host=where["HOST"], user=where["USER"], dbname=self.name, autocommit=True, **where["OPTIONS"]
        ) as session:
            session.execute("set counterfoil.workspace = '*'")
            cursor = session.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def elsewhere(shell: Shell, tmp_path: Path) -> Iterator[Elsewhere]:
    """Make the database, and drop it afterwards."""
    name = f"{connection.settings_dict['NAME']}_elsewhere"
    where = connection.settings_dict
    host, passwords = quote(str(where["HOST"]), safe=""), where["OPTIONS"]["passfile"]
    url = f"postgresql://{where['USER']}@/{name}?host={host}&passfile={passwords}"
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    own = {"DATABASE_URL": url, "COUNTERFOIL_HOME": str(tmp_path / "home")}
    yield Elsewhere(replace(shell, environment=shell.environment | own), name)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def queue_a_write(organisation: Organisation) -> None:
    """Leave something in the outbox that would be sent within seconds."""
    now = timezone.now()
    Operation.objects.create(
        workspace_id=organisation.workspace_id, organisation=organisation, kind="contact_new",
        intent_key="contact:1", reference="CF-23456789AB", state=OutboxState.QUEUED, state_since=now,
        wish="{}", payload="{}", cause_kind="test", asked_at=now, approved_at=now, approved_by="Ann",
    )  # fmt: skip


def test_after_a_backup_a_loss_and_a_restore_the_copy_agrees_with_xero(
    synced: Shell, elsewhere: Elsewhere, tmp_path: Path
) -> None:

    let_a_minute_pass()
    with across_workspaces():
        Connection.objects.update(mode=Connection.Mode.TWO_WAY, writes=["contacts"])
        queue_a_write(Organisation.objects.get())
        token = Grant.objects.get().access_token
    bare, whole = tmp_path / "bare.zip", tmp_path / "whole.zip"

    told = [synced.run("backup", str(bare)), synced.run("backup", str(whole), "--with-keys")]
    locked = elsewhere.shell.run("restore", str(bare))
    opened = elsewhere.shell.run("restore", str(whole), "--over")
    verified = elsewhere.shell.run("verify", "--json")

    assert [said.code for said in told] == [0, 0]
    assert "The keys that open the tokens and secrets in it are not part of it." in told[0].err
    assert "whoever has it can read the tokens" in told[1].err
    archive = zipfile.ZipFile(bare)
    assert sorted(archive.namelist()) == ["database.dump", "manifest.json"]
    assert token.encode() not in bare.read_bytes()
    # A new machine made keys of its own, which open nothing of the old one's; those in the backup are added.
    assert (locked.code, "keys that this installation does not have" in locked.err) == (3, True), locked.err
    assert opened.code == 0, opened.err
    keys = json.loads((tmp_path / "home" / "keys.json").read_text())["encryption"].split(",")
    assert [type(Fernet(key)) for key in keys] == [Fernet, Fernet]
    # Every figure is Xero's, asked with the token of the backup.
    assert (verified.code, verified.json["verdict"] != "unexplained") == (0, True)
    # What was to be sent may have been sent since the backup: nothing goes before somebody has looked.
    assert "connections made read-only: 1; writes that wait for approval again" in opened.text
    assert elsewhere.ask("select mode, writes from mirror_connection") == [("read_only", [])]
    assert elsewhere.ask("select state, next_step from mirror_operation") == [
        ("waiting", "Look in Xero for the reference CF-23456789AB. Approve this only if it is not there.")
    ]
    # The tables are bound to their firms again.
    assert elsewhere.ask("select count(*) from pg_policies") == ask_here("select count(*) from pg_policies")

    promise_more_rows(whole, "mirror_workspace")
    elsewhere.ask("update mirror_workspace set name = 'Changed since'")
    failed = elsewhere.shell.run("restore", str(whole), "--over")

    assert (failed.code, failed.err.strip()) == (
        1,
        "PostgreSQL's psql failed: the table mirror_workspace does not hold the 7 rows that it held",
    )
    assert elsewhere.ask("select name from mirror_workspace") == [("Changed since",)]


def ask_here(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def promise_more_rows(file: Path, table: str) -> None:
    with zipfile.ZipFile(file) as archive:
        dump, page = archive.read("database.dump"), json.loads(archive.read("manifest.json"))
    page["tables"][table] = 7
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("database.dump", dump)
        archive.writestr("manifest.json", json.dumps(page))
