"""Rate cards and kept views through the API."""

from counterfoil.features.billing.models import Agreement, AgreementLine, RateCard
from counterfoil.mirror.models import Organisation
from tests.integration.api.conftest import Program, make_program
from tests.integration.api.test_entry import problem
from tests.integration.api.test_reading import fill
from tests.integration.web.firms import Firm, add_person


def test_rates_are_set_from_a_day_on_and_taken_away(organisation: Organisation, program: Program) -> None:
    card = program.post("rate-cards", {"name": "Standard", "currency": "NZD"}).json()
    path = f"rate-cards/{card['id']}"
    program.post(f"{path}/rates", {"since": "2026-01-01", "amount": "90"})
    program.post(f"{path}/rates", {"role": "Partner", "since": "2026-01-01", "amount": "180"})
    set_again = program.post(f"{path}/rates", {"role": "Partner", "since": "2026-07-01", "amount": "200"})

    told = set_again.json()
    left = program.post(f"{path}/rates/{told['rates'][1]['id']}/remove").json()

    assert [(one["role"], one["since"], one["amount"]["amount"]) for one in told["rates"]] == [
        ("", "2026-01-01", "90.00"),
        ("Partner", "2026-07-01", "200.00"),
        ("Partner", "2026-01-01", "180.00"),
    ]
    assert [one["since"] for one in left["rates"]] == ["2026-01-01", "2026-01-01"]
    assert left == program.get(path).json() == program.get("rate-cards").json()["data"][0]


def test_what_an_hour_cannot_be_worth_is_refused(organisation: Organisation, program: Program) -> None:
    card = program.post("rate-cards", {"name": "Standard", "currency": "NZD"}).json()
    path = f"rate-cards/{card['id']}/rates"

    assert problem(program.post(path, {"since": "2026-01-01", "amount": "-1"}))["status"] == 409
    assert problem(program.post(path, {"since": "1999-12-31", "amount": "1"}))["status"] == 422
    assert problem(program.post("rate-cards", {"name": "Standard", "currency": "NZD"}))["status"] == 422


def test_a_card_is_put_away_only_when_nothing_is_billed_by_it(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    fill(firm, organisation, 1)
    card = program.post("rate-cards", {"name": "Standard", "currency": "GBP"}).json()
    path = f"rate-cards/{card['id']}"
    with firm.inside():
        AgreementLine.objects.create(
            workspace=firm.workspace, agreement=Agreement.objects.get(), place=1, kind="hours",
            description="Hours", rate_card=RateCard.objects.get(name="Standard"),
        )  # fmt: skip

    refused = program.post(f"{path}/archive")
    with firm.inside():
        AgreementLine.objects.filter(kind="hours").delete()
    archived = [program.post(f"{path}/archive").json()["is_archived"] for _ in range(2)]
    restored = [program.post(f"{path}/restore").json()["is_archived"] for _ in range(2)]

    assert "Care" in str(problem(refused)["detail"])
    assert (archived, restored) == ([True, True], [False, False])


def test_a_person_keeps_views_of_their_own(firm: Firm, organisation: Organisation, program: Program) -> None:
    late = program.post("views", {"page": "invoices", "name": "Late", "query": "view=overdue&after=9"}).json()
    other = program.post("views", {"page": "invoices", "name": "Open", "query": "view=open"}).json()
    colleague = add_person(firm.workspace)
    theirs = make_program(Firm(colleague, firm.workspace, program.client), name="Theirs")

    taken = program.post(f"views/{other['id']}", {"name": "Late"})
    renamed = program.post(f"views/{other['id']}", {"name": "All open"}).json()
    program.post(f"views/{late['id']}/remove")

    assert late["query"] == "view=overdue"
    assert problem(taken)["type"] == "/api/#not-possible-now"
    assert program.get("views").json()["data"] == [renamed]
    assert theirs.get("views").json()["data"] == []
    assert problem(theirs.post(f"views/{other['id']}/remove"))["status"] == 404
