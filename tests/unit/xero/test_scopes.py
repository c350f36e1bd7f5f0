"""A read-only connection can prove that it is one."""

from counterfoil.xero.scopes import (
    PLAIN_WORDS,
    READ_SCOPES,
    WRITE_SCOPES,
    describe_scope,
    is_write_scope,
    list_missing_scopes,
)


def test_a_read_only_connection_asks_for_exactly_this() -> None:
    assert READ_SCOPES == (
        "openid",
        "profile",
        "email",
        "offline_access",
        "accounting.invoices.read",
        "accounting.payments.read",
        "accounting.banktransactions.read",
        "accounting.manualjournals.read",
        "accounting.contacts.read",
        "accounting.settings.read",
        "accounting.attachments.read",
        "accounting.reports.profitandloss.read",
        "accounting.reports.trialbalance.read",
        "accounting.reports.balancesheet.read",
    )


def test_nothing_that_a_read_only_connection_asks_for_can_write() -> None:
    assert [scope for scope in READ_SCOPES if is_write_scope(scope)] == []
    assert [scope for scope in WRITE_SCOPES if not is_write_scope(scope)] == []


def test_a_scope_that_nobody_knows_counts_as_able_to_write() -> None:
    assert is_write_scope("accounting.everything")


def test_every_scope_is_described_in_plain_words() -> None:
    assert {scope for scope in (*READ_SCOPES, *WRITE_SCOPES) if scope not in PLAIN_WORDS} == set()
    assert describe_scope("accounting.payments.read") == "Read payments, prepayments and overpayments"
    assert describe_scope("accounting.unheard.read") == "accounting.unheard.read"


def test_missing_scopes_keep_the_order_in_which_they_were_wanted() -> None:
    granted = ("accounting.contacts.read", "openid")
    wanted = ("openid", "accounting.payments.read", "accounting.contacts.read", "accounting.invoices")

    assert list_missing_scopes(granted, wanted) == ("accounting.payments.read", "accounting.invoices")


def test_writing_includes_reading_and_never_the_other_way_round() -> None:
    assert list_missing_scopes(("accounting.invoices",), ("accounting.invoices.read",)) == ()
    assert list_missing_scopes(("accounting.invoices.read",), ("accounting.invoices",)) == (
        "accounting.invoices",
    )


def test_broad_scopes_of_older_apps_cover_their_granular_successors() -> None:
    granted = ("accounting.transactions.read", "accounting.reports.read")
    wanted = (
        "accounting.payments.read",
        "accounting.reports.trialbalance.read",
        "accounting.settings.read",
        "accounting.payments",
    )

    assert list_missing_scopes(granted, wanted) == ("accounting.settings.read", "accounting.payments")
