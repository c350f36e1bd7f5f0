"""The installation's own keys are made once and read by their owner only."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from counterfoil.config.home import find_home, read_or_make_keys


def test_home_is_where_it_is_said_to_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COUNTERFOIL_HOME", str(tmp_path))

    assert find_home() == tmp_path.resolve()


def test_keys_are_made_once(tmp_path: Path) -> None:
    home = tmp_path / "home"

    first = read_or_make_keys(home)

    assert set(first) == {"signing", "encryption"}
    assert read_or_make_keys(home) == first
    assert [path.name for path in home.iterdir()] == ["keys.json"]
    assert (home / "keys.json").stat().st_mode & 0o777 == 0o600


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    home = tmp_path / "home"

    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda _: read_or_make_keys(home), range(8)))

    assert keys == [keys[0]] * 8
