"""
The embedded PostgreSQL: started when needed, adopted when alive, stopped by the last who used it.

A process that uses the database holds a shared lock on `users.lock`, which the system lets go even
after SIGKILL; who gets that lock alone is the last one out and stops the server. `start.lock` makes
starting and stopping one at a time, so a folder never gets two servers.
"""

import fcntl
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from counterfoil.config.home import make_enterable
from counterfoil.config.postgres_programs import (
    MAJOR,
    DatabaseNotStarted,
    find_account,
    find_barrier,
    find_programs,
    give_to_account,
    run_program,
)

ROLE = "counterfoil"
_SOCKET_PATH_LIMIT = 90  # the system allows 103 to 107 bytes, with the socket's own name
_ANSWERS_WITHIN_S = 120
_TRIES = 10
_NOBODY = "999999999"  # no system counts its processes that far


class WrongDatabaseFolder(DatabaseNotStarted):
    """The data folder is not one that this PostgreSQL can use; it was left as it is."""


class NewerDatabaseFolder(WrongDatabaseFolder):
    """The data folder was written by a newer PostgreSQL than the one this Counterfoil brings."""

    def __init__(self, folder: Path, major: str) -> None:
        super().__init__(
            f"The database folder {folder} belongs to PostgreSQL {major}, and this Counterfoil brings"
            f" PostgreSQL {MAJOR}. Nothing was changed. Install the newer Counterfoil that made it, or"
            " name another folder with COUNTERFOIL_HOME."
        )


class DatabaseInUse(DatabaseNotStarted):
    """What was to be removed is used by another process."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"The database in {folder} is in use by another Counterfoil. Stop that one first.")


class EmbeddedPostgres:
    """One PostgreSQL data folder under `home`, and the server that runs on it."""

    def __init__(self, home: Path, *, options: tuple[str, ...] = ()) -> None:
        self.options = options  # for the server, such as "fsync=off" where nothing must last
        self.folder = home / "postgres"
        self.data = self.folder / "data"
        self.password_file = self.folder / "passwords"
        self.log = self.folder / "server.log"
        self._users: int | None = None

    @property
    def socket_folder(self) -> Path:
        """The folder of the server's socket: beside the data, or in /tmp where that path is too long."""
        near = self.folder / "socket"
        if len(os.fsencode(near)) <= _SOCKET_PATH_LIMIT:
            return near
        return Path(tempfile.gettempdir()) / f"counterfoil-{sha256(os.fsencode(near)).hexdigest()[:12]}"

    def connection_settings(self, database: str = ROLE) -> dict[str, Any]:
        """Return Django's settings for this server. The password stays in a file only its owner reads."""
        return {
            "NAME": database,
            "USER": ROLE,
            "HOST": str(self.socket_folder),
            "OPTIONS": {"passfile": str(self.password_file)},
        }

    def start(self) -> None:
        """
        Make sure the server runs and count this process among its users.

        Raises NewerDatabaseFolder, or DatabaseNotStarted with the end of the server's own log.
        """
        if self._users is not None:
            return
        with self._one_at_a_time():
            self._refuse_wrong_folders()
            if not self.data.exists():
                self._initialise()
            users = self._open_users()
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                self._bring_up()
                self._create_role_and_database()
            except BaseException:
                os.close(users)
                raise
            self._users = users

    def start_again(self) -> None:
        """Start the server that died while this process used it. Raises DatabaseNotStarted."""
        with self._one_at_a_time():
            self._bring_up()

    def release(self) -> None:
        """Stop using the server, and stop it when nobody else does."""
        if self._users is None:
            return
        with self._one_at_a_time():
            if _is_alone(self._users):
                self._stop("fast")
            os.close(self._users)
            self._users = None

    def destroy(self) -> None:
        """Remove the database with everything in it, for what was only tried out. Raises DatabaseInUse."""
        with self._one_at_a_time():
            users = self._open_users()
            try:
                if not _is_alone(users):
                    raise DatabaseInUse(self.folder)
                self._stop("immediate")
                shutil.rmtree(self.data, ignore_errors=True)
            finally:
                os.close(users)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold the server for the length of a block."""
        self.start()
        try:
            yield
        finally:
            self.release()

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        for folder in (self.folder.parent, self.folder):
            make_enterable(folder)
        with (self.folder / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _open_users(self) -> int:
        return os.open(self.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)

    def _refuse_wrong_folders(self) -> None:
        if barrier := find_barrier(self.folder):
            account = find_account()
            raise WrongDatabaseFolder(
                f"PostgreSQL does not run as root, and the account that runs it instead"
                f" ({account.pw_name if account else ''}) may not enter {barrier}. Name a folder that it can"
                " reach with COUNTERFOIL_HOME, such as /var/lib/counterfoil."
            )
        if not self.data.exists():
            return
        try:
            found = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError as missing:
            raise WrongDatabaseFolder(
                f"The database folder {self.data} lacks its file PG_VERSION, so it was damaged, or something"
                " else made it. Nothing was changed. Restore it from a backup, or move it away to begin anew."
            ) from missing
        if int(found) > MAJOR:
            raise NewerDatabaseFolder(self.data, found)
        if int(found) < MAJOR:
            raise WrongDatabaseFolder(
                f"The database folder {self.data} belongs to PostgreSQL {found}; this Counterfoil brings"
                f" {MAJOR} and does not upgrade folders yet. Nothing was changed."
            )

    def _initialise(self) -> None:
        """Create the data folder under another name first, so that it is there whole or not at all."""
        draft = Path(tempfile.mkdtemp(prefix="data.", dir=self.folder))
        first_password = draft.with_name("first-password")
        first_password.touch(mode=0o600)
        first_password.write_text(self._password())
        give_to_account(draft, first_password)
        try:
            self._run(
                "initdb", "-D", str(draft), "-U", "postgres", "--auth=scram-sha-256",
                f"--pwfile={first_password}", "--encoding=UTF8", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", "--locale=C",
            )  # fmt: skip
        finally:
            first_password.unlink()
        draft.rename(self.data)
        for left_behind in self.folder.glob("data.*"):  # by a start that was killed
            shutil.rmtree(left_behind, ignore_errors=True)

    def _password(self) -> str:
        """Return the server's password, made on the first start, in libpq's password-file form."""
        if not self.password_file.exists():
            draft = self.password_file.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_text(f"*:*:*:*:{secrets.token_urlsafe(24)}\n")
            draft.rename(self.password_file)
        return self.password_file.read_text().strip().rpartition(":")[2]

    def _bring_up(self) -> None:
        """Launch the server, or wait for the one that runs: it may be starting, or on its way out."""
        where = make_conninfo(host=str(self.socket_folder)).encode()
        deadline = time.monotonic() + _ANSWERS_WITHIN_S
        while not (self.is_running() and PGconn.ping(where) == Ping.OK):
            if not self.is_running():
                self._launch()
            elif time.monotonic() > deadline:
                raise DatabaseNotStarted(f"PostgreSQL runs but does not answer. {self._tell_log()}")
            else:
                time.sleep(0.05)

    def is_running(self) -> bool:
        """Say whether a server runs on the folder."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid, *others = pid_file.read_text().split("\n")
        except FileNotFoundError:
            return False
        if f"bin/postgres -D {self.data}" in _read_command(int(pid or 0)):
            return True
        # After a reboot the number can belong to anything, and PostgreSQL would not dare to start. Only the
        # number is made harmless: the other lines tell it whether parts of the old server live.
        pid_file.write_text("\n".join([_NOBODY, *others]))
        return False

    def _launch(self) -> None:
        self.socket_folder.mkdir(exist_ok=True, mode=0o755)
        self.log.touch(mode=0o600)
        give_to_account(self.socket_folder, self.log)
        if self.socket_folder.stat().st_uid != self.log.stat().st_uid:
            raise DatabaseNotStarted(f"The folder {self.socket_folder} belongs to somebody else; remove it.")
        options = f"-k '{self.socket_folder}' -c listen_addresses=''"
        options += "".join(f" -c {option}" for option in self.options)
        start = ["-D", str(self.data), "-w", "-t", str(_ANSWERS_WITHIN_S), "-l", str(self.log), "-o", options]
        for attempt in range(_TRIES + 1):
            try:
                self._run("pg_ctl", *start, "start")
                break
            except DatabaseNotStarted as error:
                told = self._tell_log()
                # Parts of a server that was killed need a moment to notice it and end.
                if attempt == _TRIES or "shared memory block" not in told:
                    raise DatabaseNotStarted(f"{error}\n{told}") from error
                time.sleep(1)

    def _stop(self, mode: str) -> None:
        if self.is_running():
            self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    def _tell_log(self) -> str:
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
        return f"The last lines of {self.log}:\n{tail}"

    def _create_role_and_database(self) -> None:
        """Create the role that owns our tables: no superuser, so that row-level security binds it."""
        with psycopg.connect(
            host=str(self.socket_folder), user="postgres", dbname="postgres",
            passfile=str(self.password_file), autocommit=True,
        ) as connection:  # fmt: skip
            if not connection.execute("select 1 from pg_roles where rolname = %s", [ROLE]).fetchone():
                connection.execute(
                    sql.SQL("create role {} login createdb password {}").format(
                        sql.Identifier(ROLE), sql.Literal(self._password())
                    )
                )
            if not connection.execute("select 1 from pg_database where datname = %s", [ROLE]).fetchone():
                connection.execute(sql.SQL("create database {0} owner {0}").format(sql.Identifier(ROLE)))

    def _run(self, program: str, *arguments: str) -> None:
        run_program(find_programs(self.folder), program, *arguments)


def _is_alone(users: int) -> bool:
    """Say whether nobody else holds the lock of the users; then it is ours."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_command(pid: int) -> str:
    """Return the command line of a process; empty when there is no such process."""
    if Path("/proc").is_dir():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            return ""
    listed = ["/bin/ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(listed, capture_output=True, text=True, check=False).stdout
