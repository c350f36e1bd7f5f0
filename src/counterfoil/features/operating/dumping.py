"""Speaks to the database through PostgreSQL's own programs, which see the rows of every workspace."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from django.db import connection
from psycopg.conninfo import make_conninfo

from counterfoil.config.postgres_programs import find_client

# The policies of the tables show every row to whoever carries this; see `mirror/scope.py`.
_SEES_ALL = "-c counterfoil.workspace=*"


class DatabaseProgramFailed(Exception):
    """One of PostgreSQL's programs ended with an error; nothing of what it had begun was kept."""

    def __init__(self, program: str, said: str) -> None:
        super().__init__(f"PostgreSQL's {program} failed: {said}")


def find_server_major() -> int:
    """Return the major version of the server."""
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('server_version_num')::int / 10000")
        return int(cursor.fetchone()[0])


@contextmanager
def running(
    program: str, *options: str, reads: IO[bytes] | int | None = None, connects: bool = True
) -> Iterator["subprocess.Popen[bytes]"]:
    """
    Run a program for the length of a block, which reads what it says and may write what it hears.

    Raises DatabaseProgramFailed when it fails. It is ended when the block is left by an error.
    """
    path = find_client(program, server_major=find_server_major())
    where, secret = _describe_connection()
    command = [str(path), *options, *([f"--dbname={where}"] if connects else [])]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if reads is None else reads,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=_build_environment(secret),
        )
        try:
            yield process
        except BrokenPipeError:
            # One that reads has ended, and says why below; one that writes ends with its pipe.
            if _end(process) > 0:
                raise DatabaseProgramFailed(program, _read_complaint(complaints)) from None
            raise
        except BaseException:
            process.kill()  # before its pipes are closed, which it would take for the end
            _end(process)
            raise
        if _end(process):
            raise DatabaseProgramFailed(program, _read_complaint(complaints))


def _end(process: "subprocess.Popen[bytes]") -> int:
    """Close the pipes, and return how the program ended."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
    return process.wait()


def _describe_connection() -> tuple[str, str]:
    """Return where the database is, and the password apart, which nobody may read off a list of processes."""
    known = connection.get_connection_params()
    names = {"dbname", "user", "host", "port", "passfile", "sslmode", "sslrootcert", "sslcert", "sslkey"}
    where = {name: value for name, value in known.items() if name in names and value}
    return make_conninfo(**where), str(known.get("password") or "")


def _build_environment(password: str) -> dict[str, str]:
    inherited: dict[str, Any] = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
    }
    secret = {"PGPASSWORD": password} if password else {}
    return inherited | secret | {"LC_ALL": "C", "TZ": "UTC", "PGOPTIONS": _SEES_ALL}


def _read_complaint(complaints: IO[bytes]) -> str:
    """Return the first error in what was said, without the lines that show the row it was about."""
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").splitlines()
    for line in lines:
        if found := re.search(r"(?:error|ERROR|FATAL):\s+(.*)", line):
            return found[1]
    return lines[-1] if lines else "it said nothing"
