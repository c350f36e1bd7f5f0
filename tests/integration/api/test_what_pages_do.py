"""
The API does what pages can: every address that they post to has its operations, or a line in docs/api.md.

A new page is missing in both until somebody has decided.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.integration.api.test_walk import ENDPOINTS
from tests.integration.web.addresses import Address, list_addresses
from tests.integration.web.test_permissions import RULES

_DOCUMENT = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
_EXCEPTIONS = _DOCUMENT.partition("## What only pages do")[2].partition("\n## ")[0]
_HOME = "organisations/{organisation_id}"

# What a program asks for instead of posting to a page, by the name of the page's address.
BY_API: Mapping[str, Sequence[str]] = {
    "sync_now": [f"{_HOME}/syncs"],
    "quarantine_again": [
        f"{_HOME}/quarantine/read-again",
        f"{_HOME}/quarantine/{{quarantined_id}}/read-again",
    ],
    "compare_now": [f"{_HOME}/verifications"],
    # what only Xero has is asked for, not posted
    "ask_in_xero": [
        f"{_HOME}/records/{{stream}}/{{xero_id}}/{what}" for what in ("notes", "files", "online-address")
    ],
    "ask_profit_and_loss": [f"{_HOME}/reports/profit-and-loss/in-xero"],
    # clients
    "add_client": ["clients"],
    "edit_client": ["clients/{client_id}"],
    "archive_client": ["clients/{client_id}/archive", "clients/{client_id}/restore"],
    "add_person": ["people"],
    "edit_person": ["people/{person_id}"],
    "own_contact": ["people/{person_id}/contacts"],
    "add_deal": ["deals"],
    "edit_deal": ["deals/{deal_id}"],
    "gather": ["deals/{deal_id}/gather", "deals/{deal_id}/release"],
    "decide": [
        f"{_HOME}/links",
        *(f"{_HOME}/unmatched/{act}" for act in ("create", "skip", "link-exact", "undo")),
    ],
    "decide_conflict": [
        f"{_HOME}/conflicts/{{difference_id}}/decide",
        *(f"{_HOME}/conflicts/{act}" for act in ("decide-all", "undo")),
    ],
    "switch_contact_fields": [f"{_HOME}/contact-fields", f"{_HOME}/contact-fields/agree"],
    "unlink": [f"{_HOME}/links/{{link_id}}/unlink"],
    "import": ["uploads"],
    "upload_columns": ["uploads/{upload_id}"],
    "choose_upload": ["uploads/{upload_id}/choose"],
    "add_upload": ["uploads/{upload_id}/add"],
    "undo_upload": ["uploads/{upload_id}/undo"],
    # invoices and the outbox
    **dict.fromkeys(("pin", "pin_chosen"), (f"{_HOME}/pins", f"{_HOME}/pins/remove")),
    "begin_draft": [f"{_HOME}/drafts"],
    "draft": [f"{_HOME}/drafts/{{draft_id}}"],
    **{f"{act}_invoice": [f"{_HOME}/invoices/{{xero_id}}/{act}"] for act in ("copy", "edit")},
    "record_on_invoice": [
        f"{_HOME}/invoices/{{xero_id}}/{what}"
        for what in ("payments", "expected-payment-date", "notes", "credit", "void", "delete")
    ],
    "discard_draft": [f"{_HOME}/drafts/{{draft_id}}/discard"],
    "push_drafts": [f"{_HOME}/drafts/{{draft_id}}/send"],
    "take_back_draft": [f"{_HOME}/outbox/take-back"],
    **dict.fromkeys(("approve_outbox", "approve_drafts", "billing_approve"), (f"{_HOME}/outbox/approve",)),
    "decide_outbox": [
        *(f"{_HOME}/outbox/{act}" for act in ("hold", "submit", "take-back", "resend")),
        f"{_HOME}/outbox/{{operation_id}}/settle",
    ],
    # time and agreements
    **dict.fromkeys(("add_time", "week"), ("time",)),
    "edit_time": ["time/{timeentry_id}"],
    "delete_time": ["time/{timeentry_id}/remove"],
    "add_expense": ["expenses"],
    "edit_expense": ["expenses/{expense_id}"],
    "delete_expense": ["expenses/{expense_id}/remove"],
    "add_units": ["units"],
    "edit_units": ["units/{unitcount_id}"],
    "delete_units": ["units/{unitcount_id}/remove"],
    "add_rate_card": ["rate-cards"],
    "set_rate": ["rate-cards/{ratecard_id}/rates"],
    "drop_rate": ["rate-cards/{ratecard_id}/rates/{rate_id}/remove"],
    "archive_rate_card": ["rate-cards/{ratecard_id}/archive", "rate-cards/{ratecard_id}/restore"],
    **dict.fromkeys(("add_agreement", "preview_agreement"), ("agreements",)),
    "edit_agreement": ["agreements/{agreement_id}"],
    "agreement_state": ["agreements/{agreement_id}/state", "agreements/{agreement_id}/discard"],
    **dict.fromkeys(("change_price", "drop_price"), ("agreements/{agreement_id}/price",)),
    **{
        f"{act}_agreement": [f"agreements/{{agreement_id}}/{act}"]
        for act in ("pause", "resume", "end", "copy")
    },
    # billing the month
    "start_billing": [f"{_HOME}/billing-runs"],
    "billing_make": [f"{_HOME}/billing-runs/{{billingrun_id}}/make"],
    "billing_decide": [
        f"{_HOME}/billing-runs/{{billingrun_id}}/{act}"
        for act in ("ready", "hold", "reopen", "discard", "merge")
    ],
    "billing_send": [f"{_HOME}/billing-runs/{{billingrun_id}}/send"],
    "billing_archive": [f"{_HOME}/billing-runs/{{billingrun_id}}/archive"],
    # costs and recharges
    "decide_cost": [
        *(f"{_HOME}/costs/{{line_id}}/{act}" for act in ("attribute", "overhead", "skip", "confirm")),
        f"{_HOME}/costs/undo",
    ],
    "split_cost": [f"{_HOME}/costs/{{line_id}}/attribute"],
    "new_cost_rule": [f"{_HOME}/cost-rules"],
    "edit_cost_rule": [f"{_HOME}/cost-rules/{{rule_id}}"],
    "move_cost_rule": [f"{_HOME}/cost-rules/{{rule_id}}/earlier"],
    "end_cost_rule": [f"{_HOME}/cost-rules/{{rule_id}}/end"],
    "recharge_bills": [f"{_HOME}/recharges/bill"],
    "begin_recharging": [f"{_HOME}/recharges/look"],
    "decide_recharge": [
        *(f"{_HOME}/recharges/{act}" for act in ("accept", "decline", "seen", "keep", "follow", "undo")),
        *(f"{_HOME}/recharges/{{recharge_id}}/{act}" for act in ("answer", "credited")),
    ],
    **dict.fromkeys(("split_line", "split_source"), (f"{_HOME}/recharges/split",)),
    "edit_rule_terms": [f"{_HOME}/rule-terms/{{rule_id}}"],
    "stop_rule_terms": [f"{_HOME}/rule-terms/{{rule_id}}/end"],
    "edit_client_terms": [f"{_HOME}/client-terms/{{client_id}}"],
    "edit_recharge_terms": [f"{_HOME}/recharges/{{recharge_id}}/terms"],
    # reminders
    "turn_campaign": [f"{_HOME}/campaigns/{{campaign_id}}/{act}" for act in ("activate", "pause", "archive")],
    "new_campaign": [f"{_HOME}/campaigns"],
    "edit_campaign": [f"{_HOME}/campaigns/{{campaign_id}}"],
    "hold_reminders": [f"{_HOME}/holds", f"{_HOME}/client-holds"],
    "end_hold": [f"{_HOME}/holds/{{held_id}}/end"],
    "end_client_hold": [f"{_HOME}/client-holds/{{heldclient_id}}/end"],
    "decide_reply": [f"{_HOME}/replies/{{reply_id}}/decide"],
    "choose_for_contact": [f"{_HOME}/contacts/{{xero_id}}/reminders"],
    "turn_reminders": [f"{_HOME}/reminders/pause", f"{_HOME}/reminders/resume"],
    "note_wish": [f"{_HOME}/opt-outs"],
    # one's own
    "save_view": ["views"],
    "rename_view": ["views/{savedview_id}"],
    "delete_view": ["views/{savedview_id}/remove"],
    "add_events": ["subscriptions"],
    "decide_events": [
        f"subscriptions/{{subscription_id}}/{act}" for act in ("switch", "test", "replay", "end")
    ],
}


def list_posted() -> dict[str, list[Address]]:
    """Return what pages post to, by name; signing in and Django's own pages for operators are not ours."""
    found: dict[str, list[Address]] = {}
    for address in list_addresses():
        is_sign_in = address.route.startswith("accounts/") or address.name == "backstage"
        if RULES[address.name].post is not None and not is_sign_in:
            found.setdefault(address.name, []).append(address)
    return found


def read_exceptions() -> list[str]:
    """Return the addresses that the table in docs/api.md names, as patterns; `…` stands for anything."""
    cells = re.findall(r"^\| (`/.*?) \|", _EXCEPTIONS, re.MULTILINE)
    return [re.escape(name).replace("…", ".+") for cell in cells for name in re.findall(r"`/(.*?)`", cell)]


def is_excepted(address: Address, exceptions: Sequence[str]) -> bool:
    """Say whether the table names the address; what varies in it is written as three dots."""
    shown = re.sub(r"<[^>]+>", "...", address.route)
    return any(re.fullmatch(one, shown) for one in exceptions)


def test_whatever_a_page_can_do_a_program_can_or_the_docs_say_why_not() -> None:
    exceptions = read_exceptions()
    forgotten = [
        f"{name}: /{address.route}"
        for name, addresses in list_posted().items()
        if name not in BY_API
        for address in addresses
        if not is_excepted(address, exceptions)
    ]
    assert forgotten == []


def test_what_stands_instead_of_a_page_exists() -> None:
    known = {one.path.removeprefix("/api/v1/") for one in ENDPOINTS}
    named = {path for paths in BY_API.values() for path in paths}

    assert named - known == set()
    assert set(BY_API) - set(list_posted()) == set()


def test_no_line_of_the_docs_is_about_a_page_that_is_gone_or_that_programs_have() -> None:
    posted = list_posted()
    only_pages = [one for name, found in posted.items() if name not in BY_API for one in found]

    assert [
        one for one in read_exceptions() if not any(is_excepted(page, [one]) for page in only_pages)
    ] == []
