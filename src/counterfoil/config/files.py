"""Files that appear whole under their name, or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def appearing_whole(path: Path) -> Iterator[IO[bytes]]:
    """Give a block the file to write, which only its owner may read; it gets its name once it is whole."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _keep_name(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _keep_name(folder: Path) -> None:
    """Have the disk keep the new name too, or a power cut could take it back."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
