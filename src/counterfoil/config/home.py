"""The folder where Counterfoil keeps what must outlive a process: the database and its own keys."""

import json
import os
import secrets
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet
from platformdirs import user_data_path


def find_home() -> Path:
    """
    Return `COUNTERFOIL_HOME`, or the platform's folder for a user's data.

    Root gets /var/lib/counterfoil: PostgreSQL refuses to run as root, and the unprivileged user
    who runs it then cannot reach into root's own home.
    """
    if named := os.environ.get("COUNTERFOIL_HOME"):
        return Path(named).expanduser().resolve()
    if sys.platform != "win32" and os.geteuid() == 0:
        return Path("/var/lib/counterfoil")
    return user_data_path("counterfoil", appauthor=False)


def make_enterable(folder: Path) -> None:
    """Make the folder, if it is not there; whatever the umask, the server's account may pass through."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)


def read_or_make_keys(home: Path) -> dict[str, str]:
    """
    Return the installation's own keys, made on the first start.

    `signing` signs sessions; `encryption` encrypts tokens and client secrets at rest, and may be several
    keys with commas between them, of which the first encrypts. The file is readable by its owner only.
    Lose it and every organisation must be connected again.
    """
    path = home / "keys.json"
    if not path.exists():
        make_enterable(home)
        keys = {"signing": secrets.token_urlsafe(50), "encryption": Fernet.generate_key().decode()}
        handle, name = tempfile.mkstemp(prefix=".keys-", dir=home)  # readable by its owner only
        draft = Path(name)
        with os.fdopen(handle, "w") as file:
            json.dump(keys, file)
        try:
            os.link(draft, path)  # unlike a rename, fails when another process was first
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return dict(json.loads(path.read_text()))


def write_encryption_keys(home: Path, keys: Sequence[str]) -> None:
    """Put these encryption keys in place of those in the installation's own file."""
    path = home / "keys.json"
    kept = json.loads(path.read_text()) | {"encryption": ",".join(keys)}
    handle, name = tempfile.mkstemp(prefix=".keys-", dir=home)
    with os.fdopen(handle, "w") as file:
        json.dump(kept, file)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
