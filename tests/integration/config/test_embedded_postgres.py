"""The embedded database keeps every committed row, is never started twice, and touches no foreign folder."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from counterfoil.config.postgres import (
    DatabaseInUse,
    EmbeddedPostgres,
    NewerDatabaseFolder,
    WrongDatabaseFolder,
)

# A process that uses the database until it is told to stop, or is killed.
USER = """
import signal, sys
from pathlib import Path
from counterfoil.config.postgres import EmbeddedPostgres

# A shell that runs the tests in its background makes every process deaf to Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

with EmbeddedPostgres(Path(sys.argv[1])).running():
    print("up", flush=True)
    sys.stdin.readline()
print("out", flush=True)
"""


@contextmanager
def user_of(home: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run another process that uses the database of this home."""
    with subprocess.Popen(
        [sys.executable, "-c", USER, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def say(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(word + "\n")
    process.stdin.flush()


def hear(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def query(home: Path, statement: str) -> list[tuple[object, ...]]:
    where = EmbeddedPostgres(home).connection_settings()
    with psycopg.connect(
        host=where["HOST"], user=where["USER"], dbname=where["NAME"], **where["OPTIONS"], autocommit=True
    ) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def write_row(home: Path) -> None:
    query(home, "create table kept (word text); insert into kept values ('committed')")


def read_rows(home: Path) -> list[tuple[object, ...]]:
    return query(home, "select word from kept")


def find_server(home: Path) -> psutil.Process | None:
    """Return the running server of a home, found among all processes and not by its own files."""
    data = str(home / "postgres" / "data")
    servers = [
        process
        for process in psutil.process_iter(["cmdline"])
        if (process.info["cmdline"] or [""])[0].endswith("bin/postgres") and data in process.info["cmdline"]
    ]
    assert len(servers) <= 1, "a folder never gets two servers"
    return servers[0] if servers else None


def wait_until(happened: Callable[[], bool], within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def cut_the_power(home: Path) -> None:
    """Write a row, then kill the server and who uses it, as a power cut would."""
    with user_of(home) as user:
        assert hear(user) == "up"
        write_row(home)
        server = find_server(home)
        assert server is not None
        parts = server.children()
        server.kill()
        user.kill()
        psutil.wait_procs([server, *parts], timeout=20)


def test_a_server_that_died_is_let_go_without_a_word(home: Path) -> None:
    database = EmbeddedPostgres(home)
    database.start()
    server = find_server(home)
    assert server is not None
    server.kill()
    server.wait(20)

    database.release()

    assert find_server(home) is None


def test_a_committed_row_survives_a_stop_and_a_start(home: Path) -> None:
    with EmbeddedPostgres(home).running():
        write_row(home)
    assert find_server(home) is None

    with EmbeddedPostgres(home).running():
        assert read_rows(home) == [("committed",)]


def test_a_committed_row_survives_a_kill_of_the_process_that_used_the_database(home: Path) -> None:
    with user_of(home) as user:
        assert hear(user) == "up"
        write_row(home)
        before = find_server(home)
        user.kill()

    with EmbeddedPostgres(home).running():
        assert read_rows(home) == [("committed",)]
        assert find_server(home) == before  # the live server was adopted
    assert find_server(home) is None


def test_a_committed_row_survives_a_kill_of_the_server_itself(home: Path) -> None:
    cut_the_power(home)
    assert (home / "postgres" / "data" / "postmaster.pid").exists()

    with EmbeddedPostgres(home).running():
        assert read_rows(home) == [("committed",)]
        assert find_server(home) is not None


def test_a_stale_number_that_belongs_to_another_process_now_stops_nothing(home: Path) -> None:
    cut_the_power(home)
    pid_file = home / "postgres" / "data" / "postmaster.pid"
    owner = pid_file.stat()
    # As after a reboot: the number belongs to a process of the very account that runs the server.
    with subprocess.Popen(
        ["sleep", "60"], user=owner.st_uid if os.geteuid() == 0 else None, stdout=subprocess.DEVNULL
    ) as stranger:
        lines = pid_file.read_text().split("\n")
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))

        with EmbeddedPostgres(home).running():
            assert read_rows(home) == [("committed",)]

        assert stranger.poll() is None
        stranger.kill()


def test_two_processes_that_start_at_once_get_one_server(home: Path) -> None:
    with user_of(home) as one, user_of(home) as other:
        assert (hear(one), hear(other)) == ("up", "up")
        assert find_server(home) is not None  # and not two


def test_the_last_user_stops_the_server_and_an_earlier_one_does_not(home: Path) -> None:
    with user_of(home) as one, user_of(home) as other:
        assert (hear(one), hear(other)) == ("up", "up")

        say(one, "leave")
        assert hear(one) == "out"
        assert find_server(home) is not None

        say(other, "leave")
        assert hear(other) == "out"
        assert find_server(home) is None


def test_ctrl_c_does_not_reach_the_server(home: Path) -> None:
    with EmbeddedPostgres(home).running(), user_of(home) as user:
        assert hear(user) == "up"

        os.killpg(user.pid, signal.SIGINT)

        assert user.wait(timeout=20) != 0
        assert query(home, "select 1") == [(1,)]


def test_ctrl_c_does_not_reach_a_server_that_its_victim_started(home: Path) -> None:
    with user_of(home) as starter:
        assert hear(starter) == "up"
        with user_of(home) as other:
            assert hear(other) == "up"

            os.killpg(starter.pid, signal.SIGINT)

            assert starter.wait(timeout=20) != 0
            assert query(home, "select 1") == [(1,)]


@pytest.mark.parametrize("version", ["19", "20"])
def test_a_folder_of_a_newer_version_is_refused_and_left_as_it_is(home: Path, version: str) -> None:
    data = home / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text(f"{version}\n")
    (data / "base").write_text("precious")

    with pytest.raises(NewerDatabaseFolder) as refused:
        EmbeddedPostgres(home).start()

    assert str(refused.value) == (
        f"The database folder {data} belongs to PostgreSQL {version}, and this Counterfoil brings"
        " PostgreSQL 18. Nothing was changed. Install the newer Counterfoil that made it, or"
        " name another folder with COUNTERFOIL_HOME."
    )
    assert {path.name: path.read_text() for path in data.iterdir()} == {
        "PG_VERSION": f"{version}\n",
        "base": "precious",
    }


def test_a_folder_without_its_version_is_refused_and_left_as_it_is(home: Path) -> None:
    data = home / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "base").write_text("precious")

    with pytest.raises(WrongDatabaseFolder) as refused:
        EmbeddedPostgres(home).start()

    assert str(refused.value) == (
        f"The database folder {data} lacks its file PG_VERSION, so it was damaged, or something"
        " else made it. Nothing was changed. Restore it from a backup, or move it away to begin anew."
    )
    assert (data / "base").read_text() == "precious"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account for the server")
def test_a_folder_that_the_servers_account_cannot_enter_is_refused_with_its_name(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(WrongDatabaseFolder) as refused:
        EmbeddedPostgres(closed / "inner").start()

    assert f"may not enter {closed}. Name a folder that it can reach with COUNTERFOIL_HOME" in str(
        refused.value
    )


def test_a_first_start_that_was_killed_half_way_is_begun_again(home: Path) -> None:
    with user_of(home) as killed:
        wait_until(lambda: any((home / "postgres").glob("data.*/base")))
        killed.kill()
    assert not (home / "postgres" / "data").exists()

    with EmbeddedPostgres(home).running():
        assert query(home, "select 1") == [(1,)]


def test_passwords_are_readable_by_their_owner_only(home: Path) -> None:
    database = EmbeddedPostgres(home)

    with database.running():
        modes = {
            path.name: path.stat().st_mode & 0o777
            for path in (database.password_file, database.log, database.data)
        }

    assert modes == {"passwords": 0o600, "server.log": 0o600, "data": 0o700}
    assert not (database.folder / "first-password").exists()


def test_the_server_listens_on_its_socket_only(home: Path) -> None:
    with EmbeddedPostgres(home).running():
        server = find_server(home)
        assert server is not None
        open_ones = [one for one in server.net_connections("all") if one.status == psutil.CONN_LISTEN]
        sockets = [str(one.laddr) for one in server.net_connections("unix")]

    assert open_ones == []
    assert set(sockets) == {f"{home}/postgres/socket/.s.PGSQL.5432"}


def test_nobody_connects_without_the_password(home: Path) -> None:
    with EmbeddedPostgres(home).running(), pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(
            host=f"{home}/postgres/socket", user="postgres", dbname="postgres", passfile="/dev/null"
        )


def test_a_path_too_long_for_a_socket_gets_a_short_one_elsewhere(home: Path) -> None:
    long = home / ("very-" * 20 + "long")
    database = EmbeddedPostgres(long)

    with database.running():
        assert query(long, "select 1") == [(1,)]
    database.destroy()

    assert len(str(database.socket_folder)) < 90
    database.socket_folder.rmdir()


def test_a_database_in_use_is_not_destroyed(home: Path) -> None:
    with user_of(home) as user:
        assert hear(user) == "up"

        with pytest.raises(DatabaseInUse) as refused:
            EmbeddedPostgres(home).destroy()

        assert str(refused.value) == (
            f"The database in {home}/postgres is in use by another Counterfoil. Stop that one first."
        )
        assert query(home, "select 1") == [(1,)]
