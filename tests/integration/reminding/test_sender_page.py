"""Who carries messages is chosen on a page; a secret goes in, and never comes out or goes elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from counterfoil.features.reminding.models import SenderChoices
from counterfoil.features.workspaces.models import AuditEntry
from tests.integration.reminding.carrier_stand_in import StandIn, running_stand_in
from tests.integration.reminding.conftest import Desk
from tests.integration.web.firms import add_person

SECRET = "right"


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with running_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def provider(running: StandIn, settings: Settings) -> StandIn:
    settings.COUNTERFOIL_TWILIO_URL = settings.COUNTERFOIL_VONAGE_URL = running.url
    settings.COUNTERFOIL_SENDERS_ALLOWED = ["127.0.0.0/8"]
    return running


def save(desk: Desk, part: str, **values: str) -> Any:
    form = {f"{part}-{name}": value for name, value in values.items()}
    return desk.firm.client.post(f"/o/{desk.organisation.pk}/reminders/sender/{part}/", form)


def save_twilio(desk: Desk, **values: str) -> Any:
    chosen = {"provider": "twilio", "account": "AC1", "secret": SECRET, "sender": "+64 21 999"}
    return save(desk, "texts", **(chosen | values))


def look(desk: Desk) -> str:
    page = desk.firm.client.get(f"/o/{desk.organisation.pk}/reminders/sender/")
    return " ".join(page.content.decode().split())


def check(desk: Desk) -> tuple[bool | None, str]:
    desk.firm.client.post(f"/o/{desk.organisation.pk}/reminders/sender/check/")
    kept = choices(desk)
    return kept.is_proven, kept.proof


def choices(desk: Desk) -> SenderChoices:
    with desk.firm.inside():
        return SenderChoices.objects.get()


def test_a_provider_is_chosen_and_its_secret_is_kept_and_never_shown(desk: Desk) -> None:
    answer = save_twilio(desk)

    kept, page = choices(desk), look(desk)
    assert answer.status_code == 302
    assert (kept.provider, kept.account, kept.secret, kept.sender) == ("twilio", "AC1", SECRET, "+6421999")
    assert "Secret kept" in page
    assert SECRET not in page.replace("right now", "")
    assert f"/reminders/answers/{kept.token}/" in page
    with desk.firm.inside():
        assert AuditEntry.objects.filter(act="reminders.sender_chosen", what="Harbour Foods").exists()


def test_an_empty_secret_keeps_the_saved_one_of_the_same_account_alone(desk: Desk) -> None:
    save_twilio(desk)

    save_twilio(desk, secret="", sender="HarbourFood")
    kept = choices(desk)
    refused = save_twilio(desk, secret="", account="AC2")

    assert (kept.secret, kept.sender) == (SECRET, "HarbourFood")
    assert refused.status_code == 422
    assert "belongs to another account" in refused.content.decode()
    assert choices(desk).account == "AC1"


def test_a_password_is_not_sent_to_another_mail_server_or_in_the_clear(desk: Desk) -> None:
    mail = {"mail_host": "smtp.harbour.example", "mail_port": "587", "mail_security": "starttls"}
    mail |= {"mail_account": "books", "mail_secret": SECRET, "mail_from": "Harbour <a@harbour.example>"}
    assert save(desk, "email", **mail).status_code == 302

    elsewhere = save(desk, "email", **(mail | {"mail_host": "evil.example", "mail_secret": ""}))
    in_the_clear = save(desk, "email", **(mail | {"mail_security": "none"}))

    assert (elsewhere.status_code, in_the_clear.status_code) == (422, 422)
    assert choices(desk).mail_host == "smtp.harbour.example"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"sender": "much too long a name"}, "neither a number"),
        ({"account": "../../x"}, "one word of letters"),
        ({"provider": "gateway", "address": "file:///etc/passwd"}, "begins with http"),
        ({"secret": ""}, "This is needed."),
    ],
)
def test_what_cannot_work_is_refused_beside_its_field(desk: Desk, values: dict[str, str], words: str) -> None:
    answer = save_twilio(desk, **values)

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_check_proves_the_account_and_its_number_and_writes_to_nobody(
    desk: Desk, provider: StandIn
) -> None:
    save_twilio(desk)
    before = len(provider.taken)

    assert check(desk) == (True, "Twilio knows the account and its number +6421999.")
    save_twilio(desk, secret="wrong")
    assert choices(desk).is_proven is None
    assert check(desk) == (False, "Twilio does not know this account with this secret.")
    save_twilio(desk, sender="+6421777")
    assert check(desk) == (False, "Twilio knows the account, but +6421777 is no number of it.")
    save(desk, "texts", provider="vonage", account="AC1", secret=SECRET, sender="Harbour")
    assert check(desk) == (True, "Vonage knows the account.")
    assert len(provider.taken) == before


def test_a_phone_in_our_own_network_is_spoken_to_only_when_that_is_allowed(
    desk: Desk, provider: StandIn, settings: Settings
) -> None:
    save(desk, "texts", provider="gateway", account="AC1", secret=SECRET, address=provider.url, sender="")

    assert check(desk) == (True, "The phone answers, and knows the account.")
    settings.COUNTERFOIL_SENDERS_ALLOWED = []
    is_proven, words = check(desk)

    assert not is_proven
    assert "lies within a network of our own" in words


def test_limits_are_kept_and_make_no_sense_without_a_price(desk: Desk) -> None:
    refused = save(desk, "limits", monthly_limit="20")
    save(desk, "limits", price="0.08", currency="nzd", monthly_limit="20")
    save(desk, "pace", a_week="2", opens="10:00", closes="16:00")
    save(desk, "answers", texts_kept_months="24")

    kept, page = choices(desk), look(desk)
    assert refused.status_code == 422
    assert "Say what a part costs" in refused.content.decode()
    assert (kept.currency, kept.a_week, f"{kept.opens:%H:%M}", kept.answers) == ("NZD", 2, "10:00", False)
    for line in (
        "NZD 0.08 a part, NZD 20 a month at most, no limit a day",
        "10:00 to 16:00, 2 a week",
        "Nobody is answered by itself; words are kept for 24 months",
    ):
        assert line in page


def test_each_part_stands_in_a_line_and_opens_where_something_is_wrong(desk: Desk) -> None:
    save(
        desk,
        "texts",
        provider="twilio",
        account="AC1",
        secret=SECRET,
        sender="HarbourFood",
        registered_in="AU",
    )
    save(
        desk,
        "email",
        mail_host="smtp.b.example",
        mail_port="587",
        mail_security="starttls",
        mail_from="a@b.example",
    )

    page, kept = look(desk), choices(desk)
    refused = " ".join(save_twilio(desk, account="../x").content.decode().split())

    assert kept.registered_in == ["AU"]
    assert "Twilio, from HarbourFood" in page
    assert "smtp.b.example, answers go to a@b.example" in page
    assert "Nobody here reads what customers answer to an e-mail" in page
    assert page.count('<details class="sender-part"') == 6
    assert [page.count('sender-part" id="texts" open'), refused.count('sender-part" id="texts" open')] == [
        0,
        1,
    ]


def test_only_who_may_configure_changes_it_or_sees_where_answers_come_in(desk: Desk) -> None:
    save_twilio(desk)
    token = str(choices(desk).token)
    desk.firm.client.force_login(add_person(desk.firm.workspace, "member"))

    assert token not in look(desk)
    assert save_twilio(desk).status_code == 403
