"""Whether a contact in Xero is one of our clients (K14): only an exact proof links by itself."""

import pytest

from counterfoil.domain.matching import Confidence, Match, Matcher, Party, Proof, normalise_name

KOWHAI = Party(1, "Kōwhai Builders", "office@kowhai.example", "K-100")
LUMEN = Party(2, "Lumen Legal LLP", "billing@lumen.example")
CLIENTS = [KOWHAI, LUMEN]


def contact(name: str, email: str = "", number: str = "", key: str = "c1") -> Party:
    return Party(key, name, email, number)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kōwhai Builders Ltd", "KOWHAI BUILDERS LIMITED"),
        ("O'Brien & Sons", "OBrien and Sons"),
        ("The Crab Co.", "Crab"),
        ("Müller GmbH", "Mu\u0308ller"),
    ],
)
def test_names_that_differ_in_form_only_are_the_same(one: str, other: str) -> None:
    assert normalise_name(one) == normalise_name(other)


def test_a_name_made_of_company_forms_alone_keeps_them() -> None:
    assert normalise_name("The Group Ltd") == "the group ltd"


def test_the_contact_number_is_a_proof() -> None:
    proof = Matcher(CLIENTS).find_proof(contact("Somebody else entirely", number="k-100 "))

    assert proof == Match(
        KOWHAI,
        Confidence.FULL,
        "The contact number k-100 is this client’s number.",
        Proof.CONTACT_NUMBER,
    )


def test_a_number_that_two_contacts_claim_proves_nothing() -> None:
    one, two = contact("A", number="K-100", key="c1"), contact("B", number="K-100", key="c2")

    assert Matcher(CLIENTS, [one, two]).find_proof(one) is None


def test_name_and_email_together_are_a_proof() -> None:
    proof = Matcher(CLIENTS).find_proof(contact("LUMEN LEGAL", "Billing@Lumen.example"))

    assert proof is not None
    assert (proof.client, proof.proof) == (LUMEN, Proof.NAME_AND_EMAIL)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (contact("Lumen Legal", ""), "Has the same name."),
        (contact("Quite another", "billing@lumen.example"), "Has the same e-mail address, but another name."),
        (contact("Kowhai Bilders", ""), "Has a name much like it."),
        (contact("Zzz", "ann@kowhai.example"), "Has an e-mail address at kowhai.example too."),
    ],
)
def test_less_than_a_proof_is_a_suggestion_with_its_reason(found: Party, reason: str) -> None:
    matcher = Matcher(CLIENTS)

    suggestion = matcher.suggest(found)

    assert matcher.find_proof(found) is None
    assert suggestion is not None
    assert (suggestion.confidence, suggestion.reason, suggestion.proof) == (Confidence.PARTIAL, reason, None)


@pytest.mark.parametrize(
    "found",
    [contact("Meridian Freight"), contact(""), contact("Q", "someone@gmail.com"), contact("株式会社")],
)
def test_nothing_is_suggested_when_nothing_speaks_for_it(found: Party) -> None:
    clients = [*CLIENTS, Party(3, "Jo Doe", "jo.doe@gmail.com")]

    assert Matcher(clients).suggest(found) is None


def test_two_clients_of_the_same_name_are_never_guessed_between() -> None:
    twins = [Party(1, "Acme Ltd", "a@a.example"), Party(2, "ACME", "b@b.example")]

    assert Matcher(twins).find_proof(contact("Acme")) is None
    assert Matcher(twins).find_proof(contact("Acme", "a@a.example")) is None
