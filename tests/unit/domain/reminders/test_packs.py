"""The rules of countries are whole, dated and sourced."""

from dataclasses import replace
from datetime import time

import pytest

from counterfoil.domain.reminders.packs import PACKS, Hours, Pack, SenderNames, find_pack


@pytest.mark.parametrize("pack", PACKS.values(), ids=lambda pack: pack.country or "default")
def test_each_pack_is_whole_and_stricter_than_nothing(pack: Pack) -> None:
    assert len(pack.hours) == 7
    assert all(hours is None or hours.opens < hours.closes for hours in pack.hours)
    assert 1 <= pack.a_day <= pack.a_week <= pack.a_month
    assert pack.sources or not pack.country


def test_the_hours_and_caps_of_australia_are_those_of_its_guideline() -> None:
    pack = PACKS["AU"]

    assert pack.hours == (Hours(time(7, 30), time(21)),) * 5 + (Hours(time(9), time(21)),) * 2
    assert (pack.a_week, pack.a_month, pack.on_holidays) == (3, 10, False)


def test_a_country_without_rules_of_its_own_gets_the_strictest() -> None:
    pack = find_pack("KE")

    assert (pack.country, pack.needs_consent, pack.hours) == ("KE", True, PACKS[""].hours)


def test_a_firms_own_version_goes_before_ours() -> None:
    own = replace(PACKS["NZ"], a_week=1)

    assert find_pack("NZ", {"NZ": own}).a_week == 1
    assert find_pack("GG").country == "GB"


def test_a_name_sends_nowhere_in_north_america_and_india_is_off() -> None:
    assert {PACKS[country].names for country in ("US", "CA")} == {SenderNames.NEVER}
    assert [country for country, pack in PACKS.items() if pack.is_off] == ["IN"]
