"""What the command says to the shell that called it."""

import os
import subprocess
import sys


def test_a_reader_who_has_seen_enough_is_no_failure() -> None:
    reader, writer = os.pipe()
    os.close(reader)

    asked = [sys.executable, "-m", "counterfoil", "--help"]
    done = subprocess.run(asked, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_command_that_there_is_not_leaves_with_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "counterfoil", "nonsense"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "No such command" in done.stderr
