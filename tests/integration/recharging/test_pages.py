"""The pages of recharges: the queue, the split, the terms (R1, R9, R16, R20)."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from counterfoil.domain.recharging import RechargeState
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.features.recharging.models import ClientTerms, Recharge, RuleTerms, Source, Watch
from counterfoil.features.recharging.moves import move_recharges, select_billable
from counterfoil.mirror.models import Connection, Operation
from counterfoil.sync.outbox.storing import propose
from counterfoil.xero.wishes import AttachFile, FileSource
from tests.integration.recharging.conftest import Desk
from tests.integration.spending.conftest import line
from tests.integration.sync.outbox.wishing import allow_all
from tests.integration.web.firms import NOW


def show(desk: Desk, view: str = "found", **asked: str) -> str:
    answer = desk.firm.client.get(reverse("recharges", args=[desk.organisation.pk]), {"view": view, **asked})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def decide(desk: Desk, act: str, **sent: object) -> str:
    address = reverse("decide_recharge", args=[desk.organisation.pk])
    return desk.firm.client.post(address, {"act": act, **sent}, follow=True).content.decode()


def split(desk: Desk, **sent: object) -> object:
    [cost] = desk.lines()
    address = reverse("split_line", args=[desk.organisation.pk, cost.pk])
    return desk.firm.client.post(address, sent)


def test_recharging_begins_on_the_day_that_a_person_says(desk: Desk) -> None:
    Watch.objects.all().delete()
    assert "Get back what you pay for clients" in show(desk)

    desk.firm.client.post(reverse("begin_recharging", args=[desk.organisation.pk]), {"since": "2026-03-01"})

    assert Watch.objects.get().since == date(2026, 3, 1)
    assert "looked at since 1 Mar 2026" in show(desk)


def test_the_page_shows_that_nothing_was_forgotten_in_a_period(desk: Desk) -> None:
    desk.bill(line("40"), line("60"), date=date(2026, 11, 1))
    desk.bill(line("5"), date=date(2026, 10, 1))
    desk.gather()
    decide(desk, "keep", line=desk.lines()[0].pk)

    page = show(desk, **{"from": "2026-11-01"})

    assert 'Scanned <span class="number">2</span></dt><dd class="number">100.00' in page
    assert 'Not recharged <span class="number">1</span></dt><dd class="number">40.00' in page
    assert 'Waiting <span class="number">1</span></dt><dd class="number">60.00' in page


def test_proposals_are_accepted_several_at_once_and_taken_back(desk: Desk) -> None:
    desk.rule(desk.customer("Kōwhai"), markup_rate=Decimal(10))
    desk.bill(line("40"), line("60", Description="Hosting"))
    desk.look()
    ids = list(Source.objects.values_list("pk", flat=True))
    assert "66.00" in show(desk, "proposed")

    assert "2 recharges can be billed." in decide(desk, "accept", source=ids)
    assert len(select_billable(desk.organisation)) == 2

    assert "Taken back: accepted." in decide(desk, "undo")
    assert len(select_billable(desk.organisation)) == 0


def test_a_cost_is_split_by_percentages_shown_first_and_what_is_left_is_ours(desk: Desk) -> None:
    desk.customer("One")
    desk.customer("Two")
    desk.bill(line("100"))
    desk.gather()
    typed = {"client": ["One", "Two", ""], "share": ["50", "25", "1"], "split_by": "percent"}

    preview = split(desk, act="preview", **typed)
    assert "Ours" in preview.content.decode()  # type: ignore[attr-defined]
    assert not Source.objects.exists()

    split(desk, act="save", **typed)
    assert desk.statement() == [
        ("One", Decimal(50), Decimal(50), "GBP", "ready"),
        ("Two", Decimal(25), Decimal(25), "GBP", "ready"),
    ]
    assert Source.objects.get().kept_weight == 25


def test_a_cost_is_split_by_the_usage_in_a_file(desk: Desk) -> None:
    desk.customer("One")
    desk.customer("Two")
    desk.bill(line("100"))
    desk.gather()
    file = SimpleUploadedFile("usage.csv", b"Client;Hours\nOne;30\nTwo;10\nOne;20\n")

    split(desk, act="save", split_by="usage", usage=file)

    #  50 and 10 of 60 hours
    assert [(name, cost) for name, cost, *_ in desk.statement()] == [
        ("One", Decimal("83.33")),
        ("Two", Decimal("16.67")),
    ]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"client": ["One"], "share": ["101"], "split_by": "percent"}, "that is more than 100 %"),
        ({"client": ["One"], "share": ["100.01"], "split_by": "amount"}, "that is more than 100 GBP"),
        ({"client": ["One", "One"], "share": ["1", "2"]}, "A client stands here twice"),
        ({"client": ["Nobody"], "share": ["1"]}, "There is no client “Nobody”"),
        ({"client": [""], "share": ["1"]}, "Say which client pays this cost back."),
        ({"client": ["One"], "share": ["-1"]}, "Give One a share above zero."),
        ({"client": ["One"], "share": ["1"], "kept": "-1"}, "Give us a share above zero."),
        (
            {"client": ["One"], "share": ["1"], "own_terms": "1", "treatment": "disbursement", "when": "run",
             "rate_from": "document", "wording": "x", "treatment_reason": "x", "markup_rate": "5"},
            "A disbursement is passed on at its exact cost",
        ),
        (
            {"client": ["One"], "share": ["1"], "own_terms": "1", "treatment": "supply", "when": "run",
             "rate_from": "document", "wording": "{nothing}"},
            "There is no field {nothing}.",
        ),
    ],
)  # fmt: skip
def test_a_split_that_cannot_be_says_what_is_wrong_and_keeps_nothing(
    desk: Desk, typed: dict[str, object], problem: str
) -> None:
    desk.customer("One")
    desk.bill(line("100"))
    desk.gather()

    answer = split(desk, act="save", **typed)

    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert problem in answer.content.decode()  # type: ignore[attr-defined]
    assert not Source.objects.exists()


def test_a_rule_gets_terms_on_a_page_and_loses_them(desk: Desk) -> None:
    rule = desk.rule(desk.customer("One"))
    RuleTerms.objects.all().delete()
    address = reverse("edit_rule_terms", args=[desk.organisation.pk, rule.pk])
    typed = {
        "treatment": "supply",
        "markup_rate": "12.5",
        "when": "now",
        "rate_from": "paid",
        "wording": "{supplier}",
    }

    desk.firm.client.post(address, typed)

    terms = RuleTerms.objects.get().terms
    assert (terms.markup_rate, terms.when, terms.rate_from) == (Decimal("12.5"), "now", "paid")
    assert 'value="12.5"' in desk.firm.client.get(address).content.decode()
    desk.firm.client.post(reverse("stop_rule_terms", args=[desk.organisation.pk, rule.pk]))
    assert not RuleTerms.objects.exists()


def test_a_client_and_one_recharge_get_terms_of_their_own(desk: Desk) -> None:
    client = desk.customer("One")
    desk.rule(client)
    desk.bill(line("100"))
    desk.look()
    typed = {
        "treatment": "supply",
        "fee": "5",
        "when": "run",
        "rate_from": "document",
        "wording": "{supplier}",
    }

    desk.firm.client.post(
        reverse("edit_client_terms", args=[desk.organisation.pk, client.pk]), typed | {"takes_all": "1"}
    )
    desk.firm.client.post(
        reverse("edit_recharge_terms", args=[desk.organisation.pk, desk.recharge().pk]), typed
    )

    assert (ClientTerms.objects.get().takes_all, ClientTerms.objects.get().terms.fee) == (True, 5)
    assert desk.statement() == [("One", Decimal(100), Decimal(105), "GBP", "proposed")]
    page = desk.firm.client.get(reverse("recharge", args=[desk.organisation.pk, desk.recharge().pk]))
    assert "Charged at other terms." in page.content.decode()


def test_a_voided_bill_asks_on_the_page_and_is_credited_from_there(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    bill = desk.bill(line("100", LineItemID="a"))
    desk.look()
    decide(desk, "accept", source=desk.source().pk)
    for state in (RechargeState.DRAFTED, RechargeState.BILLED):
        move_recharges([desk.recharge()], state, what=state.label, by="", now=NOW)
    desk.rewrite(bill, status="VOIDED")
    desk.look()

    Recharge.objects.update(invoice_id="billed-by-this")
    page = show(desk, "asks")
    assert "The document was voided or deleted after it was billed." in page
    address = reverse("recharge", args=[desk.organisation.pk, desk.recharge().pk])
    assert "/Invoices/billed-by-this/" in desk.firm.client.get(address).content.decode()
    assert "Credit the difference" in page

    decide(desk, "credit", recharge=desk.recharge().pk)
    assert desk.statement() == [
        ("One", Decimal(100), Decimal(100), "GBP", "billed"),
        ("One", Decimal(-100), Decimal(-100), "GBP", "ready"),
    ]
    [back] = desk.recharge().adjustments.all()
    page = desk.firm.client.get(reverse("recharge", args=[desk.organisation.pk, back.pk])).content.decode()
    assert "100.00 GBP</span> before tax, to <bdi>One</bdi>" in page
    assert "I credited it in Xero" in page


def test_what_waits_for_its_price_to_be_seen_is_named_where_it_is_billed(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    for amount, month in (("100", 9), ("120", 10)):
        desk.bill(line(amount), date=date(2026, month, 1))
    desk.look()
    for source in Source.objects.all():
        decide(desk, "accept", source=source.pk)
    address = reverse("recharge_bills", args=[desk.organisation.pk])

    page = desk.firm.client.get(address).content.decode()

    assert "One cost is accepted, and billed once you have seen the new price" in page
    decide(desk, "seen", source=Source.objects.get(price_before__isnull=False).pk)
    assert "once you have seen the new price" not in desk.firm.client.get(address).content.decode()


def test_a_refused_file_is_shown_with_its_recharge_and_sent_again_from_there(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    bill = desk.bill(line("100"))
    desk.look()
    one, organisation = desk.recharge(), desk.organisation
    allow_all(Connection.objects.get(organisation=organisation))
    draft = InvoiceDraft.objects.create(
        workspace=desk.firm.workspace,
        organisation=organisation,
        client=one.client,
        date=date(2026, 11, 21),
        created_at=NOW,
        changed_at=NOW,
    )
    Recharge.objects.filter(pk=one.pk).update(draft=draft)
    file = AttachFile(
        endpoint="Invoices",
        document_id="some-invoice",
        file_name="AWS June.pdf",
        mime_type="application/pdf",
        source=FileSource(endpoint="Invoices", document_id=bill.xero_id, file_id="file"),
    )
    made = propose(
        organisation=organisation, wish=file, intent_key=f"recharge_file:{draft.pk}:file", by="Mara", now=NOW,
        cause_kind="recharge_file", cause_id=str(draft.pk),
    )  # fmt: skip
    words = {"state": "refused", "sentence": "Xero refused the file.", "xero_words": ["It is too odd."]}
    Operation.objects.filter(pk=made.pk).update(approved_at=NOW, approved_by="Mara", **words)
    address = reverse("recharge", args=[organisation.pk, one.pk])

    page = desk.firm.client.get(address).content.decode()

    assert "AWS June.pdf" in page
    assert "Xero says: “It is too odd.”" in page
    again = {"act": "resend", "operation": made.pk, "recharge": one.pk}
    answer = desk.firm.client.post(reverse("decide_outbox", args=[organisation.pk]), again)
    assert answer.headers["Location"] == address
    assert Operation.objects.get(pk=made.pk).state != "refused"


def test_a_list_asks_the_database_as_often_for_three_rows_as_for_one(desk: Desk) -> None:
    desk.rule(desk.customer("One"), desk.customer("Two"))
    desk.bill(line("100"))
    desk.look()
    show(desk, "proposed")
    with CaptureQueriesContext(connection) as for_one:
        show(desk, "proposed")
    desk.bill(line("10"), line("20", Description="More"))
    desk.look()
    with CaptureQueriesContext(connection) as for_three:
        show(desk, "proposed")

    assert Recharge.objects.count() == 6
    assert len(for_three) == len(for_one)
