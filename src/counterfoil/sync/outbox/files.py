"""
The bytes of files that are attached in Xero: fetched, compared once they are there, and let go of.

They lie in the database only from just before they are sent until Xero has them; nothing of them is logged.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BufferedRandom
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import IO
from urllib.parse import quote

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Operation, OperationFile
from counterfoil.sync.outbox.moves import Step
from counterfoil.xero.client import XeroClient
from counterfoil.xero.errors import XeroError
from counterfoil.xero.gate import Priority
from counterfoil.xero.wishes import LARGEST_FILE, AttachFile

_MARK_OF_COPY = '"Source"'
# A file of 10 MB takes several times that on its way into the database.
_ROOM = BoundedSemaphore(2)
_LOOKS_FOR_ROOM_EVERY_S = 0.05


@dataclass(frozen=True)
class FileKept:
    """What is known of bytes without holding them: how many, and their SHA-256."""

    size: int
    digest: str

    @classmethod
    def of(cls, content: bytes) -> "FileKept":
        """Return it for these bytes."""
        return cls(len(content), hashlib.sha256(content).hexdigest())

    @classmethod
    def lying_in(cls, file: BufferedRandom) -> "FileKept":
        """Return it for a file that is read piece by piece."""
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return cls(file.tell(), digest)

    def __str__(self) -> str:
        return f"{self.size:,} bytes, SHA-256 {self.digest[:12]}…"


@dataclass(frozen=True)
class ReadBack:
    """Whether Xero gives the file back as it was sent, in words."""

    is_same: bool
    sentence: str


@asynccontextmanager
async def making_room() -> AsyncIterator[None]:
    """Wait until this process brings in fewer than two files, for however many organisations it sends."""
    while not _ROOM.acquire(blocking=False):
        await asyncio.sleep(_LOOKS_FOR_ROOM_EVERY_S)
    try:
        yield
    finally:
        _ROOM.release()


async def fetch_source(wish: AttachFile, *, client: XeroClient) -> bytes:
    """Return the bytes of the file that is copied. Raises what the client raises, TooLarge among it."""
    source = wish.source
    assert source is not None  # only these have no bytes of their own
    path = f"{source.endpoint}/{source.document_id}/Attachments/{source.file_id}"
    with TemporaryFile(prefix="counterfoil-") as into:
        await _download(path, wish.mime_type, into, client)
        into.seek(0)
        return into.read()


async def read_back(wish: AttachFile, file_id: str, sent: FileKept, *, client: XeroClient) -> ReadBack:
    """Return whether what Xero has now is what was sent, byte for byte; raises nothing of Xero's."""
    name = file_id or quote(wish.file_name, safe="")
    path = f"{wish.endpoint}/{wish.document_id}/Attachments/{name}"
    try:
        with TemporaryFile(prefix="counterfoil-") as into:
            await _download(path, wish.mime_type, into, client)
            found = FileKept.lying_in(into)
    except XeroError as error:
        return ReadBack(
            is_same=True,
            sentence=f"Xero took the file; it could not be read back to compare. {error.sentence}",
        )
    if found == sent:
        return ReadBack(is_same=True, sentence=f"Read back from Xero and the same, byte for byte: {sent}.")
    return ReadBack(
        is_same=False, sentence=f"Xero holds other bytes than were sent: {found} instead of {sent}."
    )


async def _download(path: str, media_type: str, into: IO[bytes], client: XeroClient) -> None:
    await client.download(path, into=into, media_type=media_type, most=LARGEST_FILE, priority=Priority.PUSH)


def drop_files(steps: Sequence[Step]) -> None:
    """Let go of the bytes of what is done, and of copies that were refused or held and are fetched anew."""
    done = [one.operation.pk for one in steps if one.after is OutboxState.DONE]
    refused = [
        one.operation.pk
        for one in steps
        if one.after in {OutboxState.REFUSED, OutboxState.HELD} and _MARK_OF_COPY in one.operation.wish
    ]
    if done or refused:
        OperationFile.objects.filter(operation__in=[*done, *refused]).delete()


def describe_files(operations: Iterable[Operation]) -> dict[int, FileKept]:
    """Return what is known of the files of these operations."""
    found = OperationFile.objects.filter(operation__in=operations)
    return {one.operation_id: FileKept.of(bytes(one.content)) for one in found}
