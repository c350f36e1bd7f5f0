"""
The file of a backup: a zip of PostgreSQL's own dump and a page that says what is in it.

Any zip program opens it and `pg_restore` reads `database.dump`, so that a backup outlives Counterfoil.
The page is written last: a file that was cut off has no directory, and is no zip at all.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from counterfoil.config.files import appearing_whole

FORMAT = 1

_DUMP = "database.dump"
_PAGE = "manifest.json"
_KEYS = "keys.json"
_CHUNK = 1 << 20
_NO_DATE = (1980, 1, 1, 0, 0, 0)  # when it was made is written on the page


class NotABackup(Exception):
    """The file is none of ours, or was cut off."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is not a whole backup of Counterfoil: something else made it, or it was cut off."
            " Nothing was changed. Take another backup."
        )


class DamagedBackup(Exception):
    """The dump is not the one that was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} was damaged after it was written: its checksum is another. Nothing was changed."
            " Take another backup, or another copy of this one."
        )


@dataclass(frozen=True)
class Manifest:
    """
    What is in a backup, and what is needed beside it.

    `tables` holds the rows of each table at the moment of the backup; `keys` are fingerprints, by which
    an installation knows whether it can read the secrets.
    """

    made_at: datetime
    counterfoil: str
    postgresql: str
    steps: list[tuple[str, str]]
    tables: dict[str, int]
    keys: list[str]
    has_keys: bool
    sha256: str = ""
    size: int = 0
    format: int = field(default=FORMAT)


class Drafted:
    """A backup that is being written."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._digest = sha256()
        self._size = 0

    def write_dump(self, source: IO[bytes]) -> None:
        """Take the dump in, as it comes."""
        with self._archive.open(ZipInfo(_DUMP, _NO_DATE), "w", force_zip64=True) as target:
            while chunk := source.read(_CHUNK):
                self._digest.update(chunk)
                self._size += len(chunk)
                target.write(chunk)

    def close(self, manifest: Manifest, *, keys: list[str]) -> Manifest:
        """Write the page, and the keys if there are any; return the page as it was written."""
        page = asdict(manifest) | {"sha256": self._digest.hexdigest(), "size": self._size}
        if keys:
            self._archive.writestr(ZipInfo(_KEYS, _NO_DATE), json.dumps({"encryption": keys}))
        text = json.dumps(page | {"made_at": manifest.made_at.isoformat()}, indent=2)
        self._archive.writestr(ZipInfo(_PAGE, _NO_DATE), text)
        return Manifest(**page)


@contextmanager
def writing(path: Path) -> Iterator[Drafted]:
    """Give a block the backup to write; it appears under its name whole, or not at all."""
    with appearing_whole(path) as file, ZipFile(file, "w", ZIP_STORED) as archive:
        yield Drafted(archive)


def read_manifest(path: Path) -> Manifest:
    """
    Return what is in the backup, after its dump was held against its checksum.

    Raises NotABackup and DamagedBackup.
    """
    with _opened(path) as archive:
        try:
            page: dict[str, Any] = json.loads(archive.read(_PAGE))
            manifest = Manifest(
                **page
                | {
                    "made_at": datetime.fromisoformat(page["made_at"]),
                    "steps": [(app, name) for app, name in page["steps"]],
                }
            )
        except (KeyError, TypeError, ValueError) as strange:
            raise NotABackup(path) from strange
        digest = sha256()
        try:
            with archive.open(_DUMP) as dump:
                while chunk := dump.read(_CHUNK):
                    digest.update(chunk)
        except BadZipFile as damaged:
            raise DamagedBackup(path) from damaged
        if digest.hexdigest() != manifest.sha256:
            raise DamagedBackup(path)
    return manifest


def read_keys(path: Path) -> list[str]:
    """Return the encryption keys in the backup; it holds none unless it was asked to."""
    with _opened(path) as archive:
        if _KEYS not in archive.namelist():
            return []
        return [str(key) for key in json.loads(archive.read(_KEYS))["encryption"]]


@contextmanager
def open_dump(path: Path) -> Iterator[IO[bytes]]:
    """Give a block the dump to read."""
    with _opened(path) as archive, archive.open(_DUMP) as dump:
        yield dump


@contextmanager
def _opened(path: Path) -> Iterator[ZipFile]:
    try:
        archive = ZipFile(path)
    except BadZipFile as strange:
        raise NotABackup(path) from strange
    with archive:
        yield archive
