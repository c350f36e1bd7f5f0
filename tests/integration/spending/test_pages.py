"""The pages of costs and of profitability (issue 8, 5)."""

import csv
import io
from decimal import Decimal
from html import unescape

from django.test import Client as Browser
from django.urls import reverse

from counterfoil.features.clients.models import Client, Deal
from counterfoil.features.spending.models import Part, Rule
from counterfoil.mirror.models import Account
from tests.factories.workbook import read_workbook
from tests.integration.spending.conftest import Shop, line
from tests.integration.web.addresses import read_whole
from tests.integration.web.firms import NOW, make_contact


def text_of(browser: Browser, address: str) -> str:
    return " ".join(browser.get(address).content.decode().split())


def decide(shop: Shop, act: str, **sent: object) -> str:
    address = reverse("decide_cost", args=[shop.organisation.pk])
    return shop.firm.client.post(address, {"act": act, **sent}, follow=True).content.decode()


def test_a_cost_is_given_to_a_client_and_taken_back(shop: Shop) -> None:
    client = shop.customer("Harbour Kiosk")
    shop.bill(line("40"))
    shop.gather()
    [cost] = shop.costs()

    given = decide(shop, "give", line=cost.pk, client=client.pk)
    after = shop.parts()
    undone = decide(shop, "undo")

    assert "Given to Harbour Kiosk." in given
    assert after == [("Harbour Kiosk", "by_hand", Decimal(40))]
    assert "Taken back: attributed." in undone
    assert shop.parts() == [("open", "", Decimal(40))]


def test_the_queue_says_what_was_found_and_what_became_of_it(shop: Shop) -> None:
    shop.bill(line("40"), line("2.50", "310"))
    shop.gather()
    decide(shop, "overhead", line=shop.costs()[0].pk)

    page = text_of(shop.firm.client, reverse("costs", args=[shop.organisation.pk]))

    for said in ("42.50 <small>GBP</small>", 'Overhead</dt><dd class="number">40.00', "2.50"):
        assert said in page


def test_a_cost_that_has_gone_is_said_to_have_gone(shop: Shop) -> None:
    assert "This cost is not here any more" in decide(shop, "overhead", line=99)


def test_a_cost_is_split_on_its_page_and_a_mistake_is_said_with_nothing_lost(shop: Shop) -> None:
    for name in ("One", "Two"):
        shop.customer(name)
    shop.bill(line("100"))
    shop.gather()
    address = reverse("split_cost", args=[shop.organisation.pk, shop.costs()[0].pk])

    wrong = shop.firm.client.post(address, {"client": ["One", "Tow"], "share": ["1", "2"]})
    shop.firm.client.post(address, {"client": ["One", "two", ""], "share": ["1", "2", "1"]})

    assert wrong.status_code == 422
    assert "There is no client “Tow”. Choose one of the list." in wrong.content.decode()
    assert 'value="Tow"' in wrong.content.decode()
    assert shop.parts() == [
        ("One", "by_hand", Decimal("33.33")),
        ("Two", "by_hand", Decimal("66.67")),
    ]


def test_a_cost_is_split_over_deals_and_only_over_those_of_the_client(shop: Shop) -> None:
    one, two = shop.customer("One"), shop.customer("Two")
    site, move = (
        Deal.objects.create(workspace=shop.firm.workspace, client=client, name=name, created_at=NOW)
        for client, name in ((one, "Website"), (two, "Move"))
    )
    shop.bill(line("100"))
    shop.gather()
    address = reverse("split_cost", args=[shop.organisation.pk, shop.costs()[0].pk])

    wrong = shop.firm.client.post(address, {"client": "One", "deal": "Move (Two)", "share": "1"})
    rows = {"client": ["One", "", "Two"], "deal": ["website", "Move", ""], "share": ["1", "2", "1"]}
    shop.firm.client.post(address, rows)
    offered = shop.firm.client.get(address).content.decode()

    assert "The deal “Move (Two)” is not One’s." in unescape(wrong.content.decode())
    parts = Part.objects.filter(side="cost").order_by("pk").values_list("client", "deal", "amount")
    assert list(parts) == [(one.pk, site.pk, 25), (two.pk, move.pk, 50), (two.pk, None, 25)]
    assert 'value="Website (One)"' in offered


def test_a_rule_can_ask_from_which_card_money_was_spent(shop: Shop) -> None:
    shop.account("CARD", "ASSET")
    Account.objects.filter(code="CARD").update(kind="BANK", name="Company card")
    new = reverse("new_cost_rule", args=[shop.organisation.pk])

    sent = {"name": "Card", "bank_account_id": "Company card", "act": "overhead"}
    unknown = shop.firm.client.post(new, {**sent, "bank_account_id": "Other card"})
    shop.firm.client.post(new, sent)

    assert "There is no bank account or card “Other card”" in unescape(unknown.content.decode())
    assert Rule.objects.get().bank_account_id == "account-CARD"
    rules = text_of(shop.firm.client, reverse("cost_rules", args=[shop.organisation.pk]))
    assert "paid from CARD Company card" in rules


def test_a_rule_is_made_like_a_cost_and_applied_to_all(shop: Shop) -> None:
    shop.customer("Harbour Kiosk")
    shop.bill(line("40"))
    shop.bill(line("60"))
    shop.gather()
    new = reverse("new_cost_rule", args=[shop.organisation.pk])

    offered = shop.firm.client.get(new, {"line": shop.costs()[0].pk}).content.decode()
    sent = {"name": "Nimbus", "contact_id": "Nimbus Software", "act": "attribute"}
    shop.firm.client.post(new, {**sent, "client": "Harbour Kiosk", "share": "1"})
    shop.gather()

    assert 'value="Nimbus Software"' in offered
    assert Rule.objects.get().contact_id == shop.supplier.xero_id
    assert [(name, why) for name, why, _ in shop.parts()] == [("Harbour Kiosk", "rule")] * 2


def test_a_rule_that_fits_everything_or_gives_to_nobody_is_refused(shop: Shop) -> None:
    new = reverse("new_cost_rule", args=[shop.organisation.pk])

    everything = shop.firm.client.post(new, {"name": "All", "act": "overhead"})
    nobody = shop.firm.client.post(new, {"name": "All", "act": "attribute", "account_code": "429"})

    assert "Say what the rule fits" in everything.content.decode()
    assert "Say which client the costs are for" in nobody.content.decode()
    assert not Rule.objects.exists()


def test_a_rule_is_changed_moved_and_ended_on_its_pages(shop: Shop) -> None:
    new = reverse("new_cost_rule", args=[shop.organisation.pk])
    for name in ("First", "Second"):
        shop.firm.client.post(new, {"name": name, "act": "overhead", "account_code": "429"})
    first, second = Rule.objects.order_by("place")
    at = [shop.organisation.pk, second.pk]

    shop.firm.client.post(
        reverse("edit_cost_rule", args=at), {"name": "Rent", "act": "overhead", "account_code": "310"}
    )
    shop.firm.client.post(reverse("move_cost_rule", args=at))
    order = list(Rule.objects.order_by("place").values_list("name", "account_code"))
    shop.firm.client.post(reverse("end_cost_rule", args=[shop.organisation.pk, first.pk]))

    assert order == [("Rent", "310"), ("First", "429")]
    rules = text_of(shop.firm.client, reverse("cost_rules", args=[shop.organisation.pk]))
    assert "Rent" in rules
    assert "First" not in rules


def earn(shop: Shop) -> Client:
    contact = make_contact(shop.firm, shop.organisation, name="Kiosk")
    client = shop.customer("Harbour Kiosk", contact)
    shop.invoice(line("1000", "200"), contact=contact, amount_due=Decimal(250))
    shop.bill(line("400"), contact=contact)
    shop.bill(line("9"))
    shop.gather()
    return client


def test_the_report_ranks_clients_and_ends_with_the_books(shop: Shop) -> None:
    earn(shop)

    page = text_of(shop.firm.client, reverse("profitability", args=[shop.organisation.pk]))

    for said in ("Harbour Kiosk", "1,000.00", "750.00 of it paid", "60.0%", "Unattributed costs", "591.00"):
        assert said in page


def test_every_way_to_gather_and_sort_is_served(shop: Shop) -> None:
    earn(shop)
    address = reverse("profitability", args=[shop.organisation.pk])

    for asked in ("by=deal", "by=owner", "by=month", "sort=-rate", "sort=nonsense", "from=x&to=y", "page=9"):
        assert shop.firm.client.get(f"{address}?{asked}").status_code == 200
    for key in ("", "1", "99999999999", "x"):
        for by in ("client", "deal", "owner", "month"):
            behind = reverse("profit_behind", args=[shop.organisation.pk])
            for figure in ("revenue", "costs", "time"):
                asked = f"{behind}?by={by}&key={key}&figure={figure}"
                assert shop.firm.client.get(asked).status_code == 200


def test_a_figure_opens_its_documents(shop: Shop) -> None:
    client = earn(shop)
    behind = reverse("profit_behind", args=[shop.organisation.pk])

    page = text_of(shop.firm.client, f"{behind}?by=client&key={client.pk}&figure=costs")

    assert "Direct costs: 400.00 GBP" in page
    assert "1 line, " in page


def test_the_file_ends_with_the_books_as_text_and_as_numbers(shop: Shop) -> None:
    earn(shop)
    export = reverse("export_profitability", args=[shop.organisation.pk])

    text = read_whole(shop.firm.client.get(export)).removeprefix("\ufeff")
    book = shop.firm.client.get(f"{export}?form=xlsx")
    rows = list(csv.DictReader(io.StringIO(text)))
    cells = read_workbook(b"".join(book.streaming_content))  # type: ignore[attr-defined]  # of Django's test response

    assert [row["Clients"] for row in rows][::5] == ["Harbour Kiosk", "The books"]
    assert {Decimal(str(one["Margin"])) for one in (rows[-1], cells[-1])} == {Decimal(591)}


def test_a_client_shows_what_it_earned_and_leads_to_the_report(shop: Shop) -> None:
    client = earn(shop)

    page = text_of(shop.firm.client, reverse("client", args=[client.pk]))

    assert "600.00 GBP</span> margin, 60.0% of revenue" in page


def test_pages_without_an_organisation_say_what_to_do(db: None) -> None:
    from tests.integration.web.firms import make_firm

    browser = make_firm().client
    for name in ("costs", "cost_rules", "profitability"):
        assert "Connect to Xero" in browser.get(reverse(name)).content.decode()


def test_a_document_that_cannot_be_read_is_named_until_it_can(shop: Shop) -> None:
    bill = shop.bill(line("40"), number="BILL-7")
    shop.rewrite(bill, raw='{"LineItems": 7}')
    shop.gather()
    pages = [reverse(page, args=[shop.organisation.pk]) for page in ("costs", "profitability")]
    file = reverse("export_profitability", args=[shop.organisation.pk])

    for page in pages:
        assert "1 document is not in these figures" in (text := text_of(shop.firm.client, page))
        assert "BILL-7" in text
    rows = list(csv.reader(io.StringIO(read_whole(shop.firm.client.get(file)))))
    assert rows[-1][0] == "Not in these figures, because it cannot be read: BILL-7 Nimbus Software"
    assert len(rows[-1]) == len(rows[0])
    shop.rewrite(bill, line("40"))
    shop.gather()
    for page in pages:
        assert "not in these figures" not in text_of(shop.firm.client, page)
    assert [one.amount for one in shop.costs()] == [Decimal(40)]
