"""
The file of a firm: a zip of a text file for each table, an object a line, and a page that says what is in it.

Any program reads it. The page is written last and holds a checksum of everything else.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

FORMAT = 1
PEOPLE = "people"

_PAGE = "manifest.json"
_CHUNK = 1 << 20


class NotAnExport(Exception):
    """The file is none of ours, or was cut off."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is not a whole export of a firm: something else made it, or it was cut off. Nothing was"
            " changed. Make it again with: counterfoil export-workspace"
        )


class AlteredExport(Exception):
    """The file is not as it was written."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(
            f"{path} was altered after it was written: “{name}” is not what it was. Nothing was changed. Take"
            " another copy of the file, or make it again."
        )


class OtherTables(Exception):
    """It was made by a version whose tables are not those of this one."""

    def __init__(self, version: str, table: str) -> None:
        super().__init__(
            f"The export was made by Counterfoil {version}, whose table “{table}” is not that of this"
            " version. Nothing was changed. Bring both installations to the same version, and make it again."
        )


@dataclass(frozen=True)
class Part:
    """One file of the zip: its rows, its bytes, its checksum, and the columns that each line holds."""

    rows: int
    size: int
    sha256: str
    columns: list[str]


@dataclass(frozen=True)
class Manifest:
    """What is in an export. By `ledger` an installation knows whether it made the digests of the opt-outs."""

    made_at: str
    counterfoil: str
    firm: str
    ledger: str
    parts: dict[str, Part]
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(part.rows for part in self.parts.values())


def name_part(table: str) -> str:
    """Return what the file of a table is called in the zip."""
    return f"tables/{table}.ndjson"


def write_part(archive: ZipFile, table: str, columns: list[str], rows: Iterator[dict[str, Any]]) -> Part:
    """Write a table's rows as they come."""
    digest, size, count = sha256(), 0, 0
    with archive.open(name_part(table), "w", force_zip64=True) as out:
        for row in rows:
            line = (json.dumps(row, ensure_ascii=False) + "\n").encode()
            digest.update(line)
            size, count = size + len(line), count + 1
            out.write(line)
    return Part(count, size, digest.hexdigest(), columns)


def write_page(archive: ZipFile, manifest: Manifest) -> None:
    """Write what is in it."""
    archive.writestr(_PAGE, json.dumps(asdict(manifest), indent=2, ensure_ascii=False))


def read_page(path: Path) -> Manifest:
    """
    Return what is in the file, after each of its parts was held against its checksum.

    Raises NotAnExport and AlteredExport.
    """
    try:
        with ZipFile(path) as archive:
            page = json.loads(archive.read(_PAGE))
            parts = {name: Part(**part) for name, part in page.pop("parts").items()}
            manifest = Manifest(parts=parts, **page)
            if manifest.format != FORMAT:
                raise NotAnExport(path)
            if {name_part(name) for name in parts} | {_PAGE} != set(archive.namelist()):
                raise AlteredExport(path, "the list of its files")
            for name, part in parts.items():
                _check(archive, path, name, part)
    except (BadZipFile, zlib.error, KeyError, TypeError, ValueError, EOFError) as strange:
        raise NotAnExport(path) from strange
    return manifest


def read_rows(archive: ZipFile, table: str) -> Iterator[dict[str, Any]]:
    """Yield a table's rows in the order in which they were written."""
    with archive.open(name_part(table)) as lines:
        for line in lines:
            yield json.loads(line)


def _check(archive: ZipFile, path: Path, name: str, part: Part) -> None:
    try:
        with archive.open(name_part(name)) as file:
            digest, rows, size = _weigh(file)
    except (BadZipFile, zlib.error, EOFError) as damaged:
        raise AlteredExport(path, name) from damaged
    if (digest, rows, size) != (part.sha256, part.rows, part.size):
        raise AlteredExport(path, name)


def _weigh(file: IO[bytes]) -> tuple[str, int, int]:
    digest, rows, size = sha256(), 0, 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        rows, size = rows + chunk.count(b"\n"), size + len(chunk)
    return digest.hexdigest(), rows, size
