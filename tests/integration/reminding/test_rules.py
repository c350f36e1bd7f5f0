"""The rules of countries are read, changed and reviewed by people, and hold texts back until then."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from counterfoil.domain.reminders.packs import find_pack
from counterfoil.features.reminding import packing
from counterfoil.features.reminding.models import PackEdit, PackEvent, SenderChoices
from tests.integration.reminding.conftest import Desk


def set_up_a_carrier(desk: Desk, **choices: Any) -> None:
    desk.choose(provider="twilio", account="AC1", secret="s", sender="+6421999", **choices)


def decide(desk: Desk, country: str = "NZ", **form: str) -> Any:
    return desk.firm.client.post(f"/o/{desk.organisation.pk}/reminders/rules/{country}/decide/", form)


def look(desk: Desk, country: str = "") -> str:
    path = f"/o/{desk.organisation.pk}/reminders/rules/" + (f"{country}/" if country else "")
    return " ".join(desk.firm.client.get(path).content.decode().split())


RULES = {
    "week_opens": "09:00", "week_closes": "17:00", "sat_opens": "", "sat_closes": "", "sun_opens": "",
    "sun_closes": "", "a_day": "1", "a_week": "2", "a_month": "5", "names": "never", "needs_way_out": "on",
    "extra_holidays": "2026-12-24", "source": "Our lawyer, 3 March",
}  # fmt: skip


def test_once_texts_are_carried_none_leaves_for_a_country_that_nobody_has_reviewed(desk: Desk) -> None:
    set_up_a_carrier(desk)
    desk.invoice(desk.customer())
    desk.campaign()

    desk.send()
    before = desk.messages()
    decide(desk, act="review")
    desk.now += timedelta(minutes=20)
    desk.send()

    assert before == [("planned", "not_reviewed")]
    assert [state for state, _ in desk.messages()] == ["sent"]


def test_rules_that_are_only_shown_need_no_review(desk: Desk) -> None:
    desk.invoice(desk.customer())
    desk.campaign()

    desk.send()

    assert desk.messages() == [("sent", "free")]


def test_a_review_is_asked_for_again_once_ours_are_newer(desk: Desk) -> None:
    decide(desk, act="review")
    assert ">Reviewed<" in look(desk, "NZ").replace("</svg>", ">")

    with desk.firm.inside():
        PackEdit.objects.update(reviewed_as_of=date(2026, 1, 1))

    assert "Review them again" in look(desk, "NZ")


def test_a_firms_own_version_is_kept_with_its_history_and_taken_back(desk: Desk) -> None:
    decide(desk, act="review")
    answer = decide(desk, **RULES)

    page = look(desk, "NZ")
    with desk.firm.inside():
        pack = packing.apply_changes(find_pack("NZ"), PackEdit.objects.get().changes)
        assert PackEdit.objects.get().reviewed_at is None
    assert answer.status_code == 302
    assert (pack.a_week, pack.hours[5], pack.hours[0] and pack.hours[0].closes) == (2, None, time(17))
    assert "Saturday: 08:00 to 20:00 → none" in page
    assert "Our lawyer, 3 March" in page
    decide(desk, act="reset")
    with desk.firm.inside():
        assert PackEdit.objects.get().changes == {}
        assert list(PackEvent.objects.order_by("pk").values_list("act", flat=True)) == [
            "reviewed",
            "changed",
            "reset",
        ]


def test_hours_that_end_before_they_begin_are_refused(desk: Desk) -> None:
    answer = decide(desk, **(RULES | {"week_closes": "08:00"}))

    assert answer.status_code == 422
    assert "This is not after the first." in answer.content.decode()


def test_the_list_names_countries_with_customers_first_and_strange_ones_not_at_all(desk: Desk) -> None:
    desk.customer()
    desk.plan()

    page = look(desk)

    assert "1 customer ·" in page
    assert page.index("New Zealand") < page.index("Australia")
    assert desk.firm.client.get(f"/o/{desk.organisation.pk}/reminders/rules/xx/").status_code == 404


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        ({"opens": time(12), "closes": time(13)}, "quiet"),
        ({"a_day": 0}, "day_cap"),
        ({"a_week": 0}, "week_cap"),
        ({"a_month": 0}, "month_cap"),
    ],
)
def test_what_a_sender_allows_itself_holds_within_the_rules(
    desk: Desk, choices: dict[str, Any], why: str
) -> None:
    desk.choose(**choices)
    desk.invoice(desk.customer())
    desk.campaign()

    desk.send()

    assert [reason for _, reason in desk.messages()] == [why]


def test_a_sender_cannot_allow_itself_more_than_the_rules(desk: Desk) -> None:
    desk.choose(opens=time(1), closes=time(23), a_day=9)
    with desk.firm.inside():
        pack = packing.read_packs(desk.firm.workspace.pk, SenderChoices.objects.get())["NZ"]

    assert (pack.hours, pack.a_day) == (find_pack("NZ").hours, 1)
