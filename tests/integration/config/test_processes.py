"""The parts of one command live and die together."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

# A command of two parts; each tells its number in a file of its own, and has a child as a server has workers.
COMMAND = """
import os, sys
from pathlib import Path
from counterfoil.config.processes import PartEnded, running_parts

folder = Path(sys.argv[1])
part = [sys.executable, "-c", '''
import os, subprocess, sys, time
child = subprocess.Popen(["sleep", "600"])
with open(sys.argv[1] + ".new", "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
if sys.argv[2] == "stubborn":
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(600)
''']
try:
    with running_parts(folder / "logs") as parts:
        for name in ("one", "two"):
            parts.start(name, [*part, str(folder / name), sys.argv[2]], dict(os.environ))
        parts.wait()
except PartEnded as ended:
    print(ended)
    sys.exit(1)
"""


def wait_until(happened: Callable[[], bool], within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def command(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A running command with its two parts."""
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(tmp_path), "polite"], stdout=subprocess.PIPE, text=True
    ) as process:
        wait_until(lambda: all((tmp_path / name).exists() for name in ("one", "two")))
        yield process
        process.kill()


def numbers(folder: Path) -> list[int]:
    return [int(pid) for name in ("one", "two") for pid in (folder / name).read_text().split()]


def alive(folder: Path) -> list[int]:
    return [
        pid
        for pid in numbers(folder)
        if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    ]


def test_ctrl_c_ends_every_part_and_leaves_nothing(command: "subprocess.Popen[str]", tmp_path: Path) -> None:
    assert len(alive(tmp_path)) == 4

    command.send_signal(signal.SIGINT)

    assert command.wait(timeout=30) == 0
    assert alive(tmp_path) == []


def test_parts_end_when_their_command_is_killed(command: "subprocess.Popen[str]", tmp_path: Path) -> None:
    command.kill()

    wait_until(lambda: not alive(tmp_path))


def test_a_part_that_dies_ends_the_command_with_a_sentence(
    command: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    os.kill(numbers(tmp_path)[0], signal.SIGKILL)

    said, _ = command.communicate(timeout=30)
    assert (command.returncode, said) == (
        1,
        "The part “one” ended unexpectedly (exit code 9); the others were stopped.\n",
    )
    assert alive(tmp_path) == []


LASTING = """
import os, sys
from pathlib import Path
from counterfoil.config.processes import PartEnded, running_parts

folder = Path(sys.argv[1])
told = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()} '); time.sleep(int(sys.argv[2]))"
try:
    with running_parts(folder / "logs") as parts:
        one = [sys.executable, "-c", told, str(folder / "one"), sys.argv[2]]
        parts.start("one", one, dict(os.environ), lasts=True)
        parts.wait()
except PartEnded as ended:
    print(ended)
"""


def test_a_part_that_must_last_is_started_again_when_it_dies(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", LASTING, str(tmp_path), "600"]) as process:
        told = tmp_path / "one"
        wait_until(lambda: told.exists() and told.read_text().count(" ") == 1)

        os.kill(int(told.read_text()), signal.SIGKILL)

        wait_until(lambda: told.read_text().count(" ") == 2)
        process.terminate()
    assert "it is started again" in (tmp_path / "logs" / "one.log").read_text()


def test_a_part_that_cannot_live_is_given_up(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LASTING, str(tmp_path), "0"], capture_output=True, text=True, check=True
    )

    assert done.stdout.startswith("The part “one” ended unexpectedly (exit code 0); the others were stopped.")
    assert (tmp_path / "one").read_text().count(" ") == 4


def test_demo_refuses_a_port_that_is_taken(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = subprocess.run(
            [sys.executable, "-m", "counterfoil", "demo", "--port", str(port)],
            env={**os.environ, "COUNTERFOIL_HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"Port {port} is in use. Stop what uses it, or choose others with --port and --sandbox-port.\n",
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("how", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)])
def test_nothing_of_a_demo_is_left_behind(home: Path, how: signal.Signals) -> None:
    ports = ["--port", str(free_port()), "--sandbox-port", str(free_port())]
    with subprocess.Popen(
        [sys.executable, "-m", "counterfoil", "demo", *ports, "--invoices", "20"],
        env={**os.environ, "COUNTERFOIL_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as demo:
        assert demo.stdout is not None
        said = [next(demo.stdout), next(demo.stdout), next(demo.stdout)]
        everything = psutil.Process(demo.pid).children(recursive=True) + find_servers(home)

        os.killpg(demo.pid, how)

        code = demo.wait(timeout=60)
        rest = demo.stdout.read().splitlines()
    _, alive = psutil.wait_procs(everything, timeout=30)
    assert said[2] == f"Counterfoil is ready at http://localhost:{ports[1]}\n"
    assert len(everything) > 6
    assert alive == []
    assert find_servers(home) == []
    if how is signal.SIGINT:
        assert (code, rest[-1]) == (0, "Stopped.")


def find_servers(home: Path) -> list[psutil.Process]:
    """Return the database servers of a home."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(home) in word for word in process.info["cmdline"] or [])
        and process.info["cmdline"][0].endswith("bin/postgres")
    ]
