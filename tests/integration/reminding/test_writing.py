"""Writing a campaign: what its words come to while they are typed, whom it reaches, its languages."""

from typing import Any

import pytest

from counterfoil.features.lists.operations import save_view
from counterfoil.features.reminding.campaigning import Says, activate
from counterfoil.features.reminding.models import Campaign, Wording
from tests.integration.reminding.conftest import WORDS, Desk
from tests.integration.reminding.test_pages import address, compose, only, step, text_of

FRENCH = "{business} : la facture {invoice} attend. Répondez STOP"


@pytest.fixture
def today(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The pages' clock is the desk's."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: desk.now)
    return desk


def weigh(desk: Desk, **changes: str) -> str:
    return text_of(compose(desk, "new/weigh/", **changes))


def keep_view(desk: Desk, name: str, query: str) -> str:
    with desk.firm.inside():
        view = save_view(
            workspace_id=desk.firm.workspace.pk,
            by=desk.firm.user,
            page="invoices",
            name=name,
            query=query,
            now=desk.now,
        )
    return str(view.pk)


def say(desk: Desk, campaign: Campaign) -> list[tuple[int, str]]:
    with desk.firm.inside():
        return list(Wording.objects.filter(step__campaign=campaign).values_list("step__days", "language"))


def test_what_is_typed_is_cut_and_costed_at_once_and_nothing_is_kept(today: Desk) -> None:
    today.choose(price="0.10", currency="NZD")

    plain = weigh(today, **{"step-0-words-0-text": "a" * 160})
    longer = weigh(today, **{"step-0-words-0-text": "a" * 161})
    costly = weigh(today, **{"step-0-words-0-text": "ş" * 71})

    assert "160 places in GSM-7, 1 part, 0 left · 0.10 NZD" in plain
    assert "161 places in GSM-7, 2 parts, 145 left · 0.20 NZD" in longer
    assert "71 places in UCS-2, 2 parts, 63 left" in costly
    assert "“ş” makes every letter take more room." in costly
    with today.firm.inside():
        assert not Campaign.objects.exists()


def test_a_text_is_counted_with_the_business_as_it_is_called(today: Desk) -> None:
    assert "13 places in GSM-7, 1 part" in weigh(today, **{"step-0-words-0-text": "{business}"})
    assert "There is no field {busines}." in weigh(today, **{"step-0-words-0-text": "{busines}"})


def test_the_page_says_it_without_a_script_too(today: Desk) -> None:
    page = text_of(today.firm.client.get(address(today, "new/")))

    assert "places in GSM-7" in page
    assert 'hx-post="/o/' in page
    assert "no unpaid invoice fits all that is filled in" in page


def test_the_count_is_live_and_says_who_is_left_out_and_why(today: Desk) -> None:
    today.invoice(today.customer(name="Kowhai Builders"), overdue=1)
    today.invoice(today.customer("09 379 1234", name="Rata Joinery"), overdue=40)
    today.invoice(today.customer("021 555 0000", name="Far Away"), overdue=3, currency="AUD")

    everybody = weigh(today)
    ours = weigh(today, currency="NZD")

    assert "2 of 3</span> customers could be written to" in everybody
    assert "1 of 2</span> customers could be written to" in ours
    assert "1: No number or address can be used." in ours
    assert "Rata Joinery" in ours
    assert "Far Away" not in ours


def test_what_cannot_be_counted_yet_says_so(today: Desk) -> None:
    assert "Mend what the form asks for" in weigh(today, send_at="")


def test_an_audience_is_a_kept_view_as_it_was_when_it_was_chosen(today: Desk) -> None:
    today.invoice(today.customer(name="Kowhai Builders"), overdue=6, number="INV-7")
    today.invoice(today.customer("021 555 0000", name="Rata Joinery"), overdue=6, number="OTHER-1")
    view = keep_view(today, "Ours", "q=INV")

    counted = weigh(today, view=view)
    compose(today, view=view)
    campaign = only(today, Campaign)
    keep_view(today, "Ours", "q=OTHER")
    edited = text_of(today.firm.client.get(address(today, f"{campaign.pk}/edit/")))
    preview = text_of(today.firm.client.get(address(today, f"{campaign.pk}/")))
    compose(today, f"{campaign.pk}/edit/", view="kept")

    assert "1 of 1</span> customer could be written to" in counted
    assert "Ours, as it was when it was chosen" in edited
    assert "1 of 1 would leave" in preview
    assert "Kowhai Builders" in preview
    assert only(today, Campaign).view_asks == {"view": "all", "search": "INV"}


def test_a_view_of_somebody_else_is_refused(today: Desk) -> None:
    assert compose(today, view="999999").status_code == 422


def test_one_step_holds_versions_by_language_and_falls_back(today: Desk) -> None:
    compose(today, **step(0, "7", ("en", WORDS), ("fr", FRENCH)))
    campaign = only(today, Campaign)
    page = text_of(today.firm.client.get(address(today, f"{campaign.pk}/edit/")))

    assert sorted(say(today, campaign)) == [(7, "en"), (7, "fr")]
    assert page.count("Days after the due date") == 2  # the step, and one to spare
    assert FRENCH in page
    assert "In English" in page
    assert "In French" in page


def test_two_versions_of_a_step_in_one_language_are_refused(today: Desk) -> None:
    answer = compose(today, **step(0, "7", ("fr", WORDS), ("FR", FRENCH)))

    assert answer.status_code == 422
    assert "Two versions of this step are in the same language." in text_of(answer)


def test_two_steps_on_one_day_are_refused(today: Desk) -> None:
    answer = compose(today, **step(1, "7", ("en", WORDS)))

    assert "Two steps are on the same day." in text_of(answer)


def test_a_version_is_taken_out(today: Desk) -> None:
    compose(today, **step(0, "7", ("en", WORDS), ("fr", FRENCH)))
    campaign = only(today, Campaign)

    form: dict[str, Any] = step(0, "7", ("en", WORDS), ("fr", FRENCH)) | {"step-0-words-1-DELETE": "on"}
    compose(today, f"{campaign.pk}/edit/", **form)

    assert say(today, campaign) == [(7, "en")]


def test_a_step_without_words_in_the_language_others_fall_back_to_cannot_be_activated(desk: Desk) -> None:
    campaign = desk.campaign(Says(7, "fr", FRENCH), is_active=False)

    with desk.firm.inside(), pytest.raises(ValueError, match=r"Write the step on day \+7 in English."):
        activate(campaign, by=desk.firm.user, now=desk.now)
