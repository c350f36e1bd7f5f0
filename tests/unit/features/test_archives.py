"""The file of a backup is there whole or not at all, and tells when it is no longer what was written."""

import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from counterfoil.features.operating.archives import (
    DamagedBackup,
    Manifest,
    NotABackup,
    open_dump,
    read_keys,
    read_manifest,
    writing,
)

MANIFEST = Manifest(
    made_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    counterfoil="0.1.0",
    postgresql="18.1",
    steps=[("mirror", "0001_initial")],
    tables={"mirror_invoice": 3},
    keys=["0123456789abcdef"],
    has_keys=False,
)
DUMP = b"what the database holds" * 1000


def write(path: Path, *, keys: list[str] | None = None) -> Manifest:
    with writing(path) as draft:
        draft.write_dump(BytesIO(DUMP))
        return draft.close(MANIFEST, keys=keys or [])


def fail_half_way(path: Path) -> None:
    with writing(path) as draft:
        draft.write_dump(BytesIO(b"half"))
        raise OSError(28, "No space left on device")


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "monday.zip"

    written = write(path)

    assert read_manifest(path) == written
    assert (written.size, written.tables) == (len(DUMP), {"mirror_invoice": 3})
    with open_dump(path) as dump:
        assert dump.read() == DUMP
    assert read_keys(path) == []


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    write(tmp_path / "monday.zip")

    assert [(file.name, file.stat().st_mode & 0o777) for file in tmp_path.iterdir()] == [
        ("monday.zip", 0o600)
    ]


def test_the_keys_are_in_it_only_when_they_were_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "monday.zip", keys=["a key"])

    assert read_keys(tmp_path / "monday.zip") == ["a key"]


def test_a_backup_that_fails_leaves_the_one_before_it_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "monday.zip"
    before = write(path)

    with pytest.raises(OSError, match="No space"):
        fail_half_way(path)

    assert read_manifest(path) == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_single_changed_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "monday.zip"
    write(path)
    content = bytearray(path.read_bytes())
    content[content.index(b"database holds") + 3] ^= 1
    path.write_bytes(content)

    with pytest.raises(DamagedBackup, match=r"its checksum is another\. Nothing was changed"):
        read_manifest(path)


@pytest.mark.parametrize("kept", [0, 10, 5000])
def test_a_backup_that_was_cut_off_is_none(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "monday.zip"
    write(path)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(NotABackup, match="it was cut off"):
        read_manifest(path)


def test_a_zip_of_something_else_is_none(tmp_path: Path) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as other:
        other.writestr("holiday.txt", "sun")

    with pytest.raises(NotABackup):
        read_manifest(path)
