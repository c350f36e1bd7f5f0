"""A restore refuses what it would regret, before it changes anything."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from counterfoil.features.operating.alone import DatabaseInUse
from counterfoil.features.operating.archives import Manifest, writing
from counterfoil.features.operating.restoring import (
    HoldsData,
    HoldsStrangers,
    NewerBackup,
    restore,
)
from counterfoil.mirror.models import Workspace

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
EMPTY = Manifest(
    made_at=NOW, counterfoil="0.9.0", postgresql="18.1", steps=[], tables={}, keys=[], has_keys=False
)  # fmt: skip


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Manifest], Path]:
    """Write a backup that would restore nothing at all."""

    def write_one(manifest: Manifest) -> Path:
        path = tmp_path / "backup.zip"
        with writing(path) as draft:
            draft.write_dump(BytesIO(b""))
            draft.close(manifest, keys=[])
        return path

    return write_one


def test_a_backup_of_a_later_version_is_refused(write: Callable[[Manifest], Path]) -> None:
    later = replace(EMPTY, steps=[("mirror", "0003_isolate_and_note"), ("mirror", "0999_of_later")])

    with pytest.raises(NewerBackup) as refused:
        restore(write(later), over=True, now=NOW)

    assert str(refused.value) == (
        "The backup was made by Counterfoil 0.9.0, and this version does not know its step"
        " “mirror 0999_of_later”. Nothing was changed. Install that version, or a later one, and restore"
        " then."
    )


def test_data_is_not_replaced_unless_it_is_said(write: Callable[[Manifest], Path]) -> None:
    Workspace.objects.create(name="Here already")

    with pytest.raises(HoldsData, match=r"Nothing was changed\. Add --over"):
        restore(write(EMPTY), over=False, now=NOW)


def test_tables_of_others_are_never_removed(write: Callable[[Manifest], Path]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("create table payroll (month text)")

    with pytest.raises(HoldsStrangers, match="such as “payroll”, and a restore would remove them"):
        restore(write(EMPTY), over=True, now=NOW)


def test_nothing_is_restored_under_pages_that_run(write: Callable[[Manifest], Path]) -> None:
    where = connection.settings_dict
    with psycopg.connect(
        host=where["HOST"], user=where["USER"], dbname=where["NAME"], **where["OPTIONS"]
    ), pytest.raises(DatabaseInUse, match="Stop the pages and the workers first"):  # fmt: skip
        restore(write(EMPTY), over=True, now=NOW)
