"""The audit of the locked libraries fails for a weakness that was found, and for nothing else."""

import json
from collections.abc import Mapping

import pytest
from tools.audit import judge


def report(*libraries: Mapping[str, object]) -> str:
    """Return what pip-audit writes about these libraries."""
    return json.dumps({"dependencies": libraries, "fixes": []})


SOUND = {"name": "httpx", "version": "0.28.1", "vulns": []}
WEAK = {
    "name": "sieve",
    "version": "1.2",
    "vulns": [
        {"id": "PYSEC-2026-1", "fix_versions": ["1.3", "2.0"]},
        {"id": "PYSEC-2026-2", "fix_versions": []},
    ],
}
UNKNOWN = {"name": "ours", "skip_reason": "Dependency not found"}


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        ((report(SOUND), ""), 0, ["1 libraries have no known weakness."]),
        (
            (report(SOUND, WEAK), ""),
            1,
            [
                "sieve 1.2: PYSEC-2026-1, mended in 1.3, 2.0",
                "sieve 1.2: PYSEC-2026-2, mended in no version yet",
            ],
        ),
        (
            (report(SOUND, UNKNOWN), ""),
            0,
            [
                "1 of 2 libraries could not be judged: nothing is known about them there.",
                "1 libraries have no known weakness.",
            ],
        ),
        (
            ("", "Traceback\nConnectionError: no way out\n"),
            0,
            ["Nothing was audited: nobody could be asked for known weaknesses. ConnectionError: no way out"],
        ),
        (
            ("", ""),
            0,
            ["Nothing was audited: nobody could be asked for known weaknesses. pip-audit said nothing."],
        ),
    ],
)
def test_the_audit_fails_for_what_it_found_and_says_in_a_line_what_it_could_not_ask(
    asked: tuple[str, str], code: int, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert judge(*asked) == code
    assert capsys.readouterr().out.splitlines() == said
