"""Every address, tried by every role: what is allowed is allowed, and the rest refused."""

from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from counterfoil.features.workspaces.models import Invitation, Membership, User
from counterfoil.features.workspaces.permissions import PERMISSIONS, Permission, Role
from tests.integration.web.addresses import Address, list_addresses, read_whole
from tests.integration.web.firms import add_person, make_firm, make_organisation


class Open(Enum):
    """Who needs no role."""

    ANYBODY = auto()
    SIGNED_IN = auto()


@dataclass(frozen=True)
class Rule:
    """Who may look at an address, and who may act there; None where there is nothing of the kind."""

    get: Permission | Open | None = None
    post: Permission | Open | None = None


ANYBODY = Rule(Open.ANYBODY)
ENTERING = Rule(Open.ANYBODY, Open.ANYBODY)
OWN_SIGN_IN = Rule(Open.SIGNED_IN, Open.SIGNED_IN)
READING = Rule(Permission.READ)
WORKING = Rule(post=Permission.WORK)
OWN_VIEWS = Rule(post=Permission.READ)
EDITING = Rule(Permission.WORK, Permission.WORK)
CONFIGURING = Rule(post=Permission.CONFIGURE)
CONNECTING = Rule(Permission.CONNECT, Permission.CONNECT)
PEOPLE = Rule(post=Permission.MANAGE_PEOPLE)

# The one list that a new address must be added to.
RULES: dict[str, Rule] = {
    # looking
    "dashboard": READING,
    "live": READING,
    "search": READING,
    "export_clients": READING,
    "export_contacts": READING,
    "invoices": READING,
    "bills": READING,
    "payments": READING,
    "credit_notes": READING,
    "bank_transactions": READING,
    "accounts": READING,
    "contact_groups": READING,
    "contact_group": READING,
    "export_ledger": READING,
    "export_invoices": READING,
    "saved_views": READING,
    "contacts": READING,
    "record": READING,
    "ask_in_xero": Rule(post=Permission.READ),
    "download_pdf": READING,
    "download_file": READING,
    "sync": READING,
    "proof": READING,
    "comparing": READING,
    "clients": READING,
    "client": READING,
    "client_people": READING,
    "person": READING,
    "deals": READING,
    "deal": READING,
    "unmatched": READING,
    "conflicts": READING,
    "contact_fields": READING,
    "find_clients": READING,
    "costs": READING,
    "find_cost_clients": READING,
    "cost_rules": READING,
    **dict.fromkeys(("recharges", "recharge", "recharge_terms"), READING),
    "profitability": READING,
    "export_profitability": READING,
    "profit_behind": READING,
    "recharge_bills": EDITING,
    "recharge_report": READING,
    "export_recharge_report": READING,
    "recharge_behind": READING,
    "export_recharges_behind": READING,
    "recharge_renewals": READING,
    "settings": READING,
    "api_tokens": READING,
    "events": READING,
    "add_events": CONFIGURING,
    "decide_events": CONFIGURING,
    "add_token": CONFIGURING,
    "revoke_token": CONFIGURING,
    "integrations": READING,
    "organisations": READING,
    "owed": READING,
    "receivables": READING,
    "export_receivables": READING,
    "profit_and_loss": READING,
    "profit_and_loss_pieces": READING,
    "export_profit_and_loss": READING,
    "ask_profit_and_loss": Rule(post=Permission.READ),
    "usage": READING,
    "export": Rule(Permission.CONNECT),
    "migrate": CONNECTING,
    "migration": CONNECTING,
    "undo_migration": Rule(post=Permission.CONNECT),
    "diagnostics": READING,
    "help": READING,
    "help_article": READING,
    "changes": READING,
    "closed": READING,
    "quarantine": READING,
    "told": READING,
    "reading": READING,
    "sending": READING,
    "permissions": READING,
    "history": READING,
    "webhook_settings": READING,
    "webhooks_live": READING,
    "mappings": READING,
    "outbox": READING,
    "operation": READING,
    "approve_outbox": Rule(post=Permission.APPROVE),
    "decide_outbox": WORKING,
    "outbox_rules": CONFIGURING,
    "drafts": READING,
    **dict.fromkeys(("billing_runs", "billing_run", "billing_live", "billing_export"), READING),
    "start_billing": EDITING,
    **dict.fromkeys(("billing_make", "billing_decide", "billing_send"), WORKING),
    "billing_approve": Rule(Permission.APPROVE, Permission.APPROVE),
    "billing_archive": Rule(post=Permission.APPROVE),
    "billing_automatic": CONFIGURING,
    "preview_drafts": READING,
    "agreements": READING,
    "agreement": READING,
    "export_agreements": READING,
    **dict.fromkeys(("time", "expenses", "units", "rate_cards", "rate_card"), READING),
    **dict.fromkeys(("export_time", "export_expenses", "export_units"), READING),
    # working
    "quarantine_again": WORKING,
    "sync_now": WORKING,
    "compare_now": WORKING,
    "decide": WORKING,
    "decide_cost": WORKING,
    "move_cost_rule": WORKING,
    "end_cost_rule": WORKING,
    "decide_conflict": WORKING,
    "pin": WORKING,
    "pin_chosen": WORKING,
    "unlink": WORKING,
    "own_contact": WORKING,
    "archive_client": WORKING,
    "gather": WORKING,
    "new_draft": Rule(Permission.WORK),
    "draft": EDITING,
    "split_cost": EDITING,
    "new_cost_rule": EDITING,
    "edit_cost_rule": EDITING,
    **dict.fromkeys(("begin_recharging", "decide_recharge", "stop_rule_terms"), WORKING),
    **dict.fromkeys(("split_line", "split_source", "edit_recharge_terms"), EDITING),
    **dict.fromkeys(("edit_rule_terms", "edit_client_terms"), EDITING),
    "choose_client_terms": Rule(Permission.WORK),
    **dict.fromkeys(
        ("begin_draft", "draft_totals", "discard_draft", "take_back_draft", "push_drafts"), WORKING
    ),
    "approve_drafts": Rule(post=Permission.APPROVE),
    "copy_invoice": WORKING,
    **dict.fromkeys(("add_agreement", "edit_agreement"), EDITING),
    **dict.fromkeys(("add_time", "add_expense", "add_units", "add_rate_card", "week"), EDITING),
    **dict.fromkeys(("edit_time", "edit_expense", "edit_units"), EDITING),
    **dict.fromkeys(("delete_time", "delete_expense", "delete_units"), WORKING),
    **dict.fromkeys(("set_rate", "drop_rate", "archive_rate_card"), WORKING),
    **dict.fromkeys(
        (
            *("preview_agreement", "agreement_state", "change_price", "drop_price", "pause_agreement"),
            *("resume_agreement", "end_agreement", "copy_agreement"),
        ),
        WORKING,
    ),
    "edit_invoice": WORKING,
    "record_on_invoice": EDITING,
    "import": EDITING,
    "upload": Rule(Permission.WORK),
    "upload_columns": WORKING,
    "choose_upload": WORKING,
    "add_upload": WORKING,
    "undo_upload": WORKING,
    "export_left": Rule(Permission.WORK),
    "add_client": EDITING,
    "edit_client": EDITING,
    "add_person": EDITING,
    "edit_person": EDITING,
    "add_deal": EDITING,
    "edit_deal": EDITING,
    # saying what our words mean in Xero
    "edit_mapping": Rule(Permission.CONFIGURE, Permission.CONFIGURE),
    "save_payment_accounts": CONFIGURING,
    "save_choices": CONFIGURING,
    "copy_mappings": CONFIGURING,
    "new_tax_rate": Rule(Permission.CONFIGURE, Permission.CONFIGURE),
    # one's own views of the lists
    "save_view": OWN_VIEWS,
    "rename_view": OWN_VIEWS,
    "delete_view": OWN_VIEWS,
    "choose_columns": OWN_VIEWS,
    # deciding over the firm's data
    "setting_up": CONNECTING,
    "choose": CONNECTING,
    "callback": Rule(Permission.CONNECT),
    "remove": CONNECTING,
    "forget": CONNECTING,
    "xero_app": CONNECTING,
    "xero_app_alias": CONNECTING,
    "admin/xero_integration/": CONNECTING,
    "check_xero_app": Rule(post=Permission.CONNECT),
    "connect_custom": Rule(post=Permission.CONNECT),
    "forget_xero_app": Rule(post=Permission.CONNECT),
    "stop_writing": Rule(post=Permission.CONNECT),
    "try_again": Rule(post=Permission.CONNECT),
    "hold_to_one": Rule(post=Permission.CONNECT),
    "read_again": Rule(Permission.CONFIGURE),
    "start_rereading": CONFIGURING,
    "settle_rereading": CONFIGURING,
    "deliveries": Rule(Permission.CONFIGURE),
    "replay": CONFIGURING,
    "replay_delivery": CONFIGURING,
    "save_webhook_key": CONFIGURING,
    "test_webhooks": CONFIGURING,
    "auto_sync": CONFIGURING,
    "rhythm": CONFIGURING,
    "switch_contact_fields": CONFIGURING,
    "rename_firm": CONFIGURING,
    # the people
    "people": READING,
    "invite": PEOPLE,
    "renew_invitation": PEOPLE,
    "revoke_invitation": PEOPLE,
    "change_role": PEOPLE,
    "remove_person": Rule(Permission.MANAGE_PEOPLE, Permission.MANAGE_PEOPLE),
    "hand_over": Rule(Permission.OWN, Permission.OWN),
    "leave": Rule(Permission.READ, Permission.READ),
    "switch_firm": Rule(post=Permission.READ),
    **dict.fromkeys(("your_data", "export_live"), Rule(Permission.OWN)),
    **dict.fromkeys(("ask_for_export", "fetch_export", "drop_export"), Rule(post=Permission.OWN)),
    **dict.fromkeys(("your_data_person", "hand_person_over", "erase_person"), Rule(post=Permission.OWN)),
    "audit": Rule(Permission.SEE_AUDIT_LOG),
    # one's own sign-in
    "security": Rule(Open.SIGNED_IN),
    "account_change_password": OWN_SIGN_IN,
    "account_set_password": OWN_SIGN_IN,
    "account_email": OWN_SIGN_IN,
    "account_reauthenticate": OWN_SIGN_IN,
    "socialaccount_connections": OWN_SIGN_IN,
    "usersessions_list": OWN_SIGN_IN,
    "mfa_index": Rule(Open.SIGNED_IN),
    "mfa_reauthenticate": OWN_SIGN_IN,
    "mfa_activate_totp": OWN_SIGN_IN,
    "mfa_deactivate_totp": OWN_SIGN_IN,
    "mfa_view_recovery_codes": Rule(Open.SIGNED_IN),
    "mfa_generate_recovery_codes": OWN_SIGN_IN,
    "mfa_download_recovery_codes": OWN_SIGN_IN,
    "mfa_list_webauthn": Rule(Open.SIGNED_IN),
    "mfa_add_webauthn": OWN_SIGN_IN,
    "mfa_edit_webauthn": OWN_SIGN_IN,
    "mfa_remove_webauthn": OWN_SIGN_IN,
    "mfa_reauthenticate_webauthn": OWN_SIGN_IN,
    "answer_help": Rule(post=Permission.READ),  # whether a page of help answered the question
    # coming in
    "account_login": ENTERING,
    "account_signup": ENTERING,
    "account_logout": ENTERING,
    "account_reset_password": ENTERING,
    "account_reset_password_done": ANYBODY,
    "account_reset_password_from_key": ENTERING,
    "account_reset_password_from_key_done": ANYBODY,
    "account_confirm_email": ENTERING,
    "account_email_verification_sent": ANYBODY,
    "account_confirm_login_code": ENTERING,
    "account_inactive": ANYBODY,
    "mfa_authenticate": ENTERING,
    "mfa_login_webauthn": ENTERING,
    "socialaccount_signup": ENTERING,
    "socialaccount_login_cancelled": ANYBODY,
    "socialaccount_login_error": ANYBODY,
    "accounts/social/connections/": ENTERING,
    "accounts/social/login/cancelled/": ENTERING,
    "accounts/social/login/error/": ENTERING,
    "accounts/social/signup/": ENTERING,
    "xero_login": Rule(post=Open.ANYBODY),
    # reminders
    "reminders": READING,
    "reminder_messages": READING,
    "reminder_replies": READING,
    **dict.fromkeys(("campaign", "campaign_results", "reminder_calendar"), READING),
    **dict.fromkeys(("reminder_sender", "reminder_rules", "country_rules"), READING),
    **dict.fromkeys(("reminder_wishes", "reminder_holds"), READING),
    "look_up_wishes": Rule(post=Permission.READ),
    **dict.fromkeys(("note_wish", "hold_reminders", "end_hold", "end_client_hold"), WORKING),
    **dict.fromkeys(("decide_rules", "import_wishes", "export_person"), CONFIGURING),
    "export_wishes": Rule(Permission.CONFIGURE),
    "way_out": ENTERING,  # for customers, who have a link and no account
    "conversation": READING,
    **dict.fromkeys(("play_customer", "choose_for_contact"), Rule(post=Permission.WORK)),
    **dict.fromkeys(("save_reminder_sender", "check_reminder_sender"), CONFIGURING),
    "new_campaign": Rule(Permission.WORK, Permission.WORK),
    "edit_campaign": Rule(Permission.WORK, Permission.WORK),
    "turn_campaign": Rule(post=Permission.WORK),
    **dict.fromkeys(("weigh_campaign", "weigh_new_campaign", "test_campaign"), Rule(post=Permission.WORK)),
    "turn_reminders": Rule(post=Permission.WORK),
    "decide_reply": Rule(post=Permission.WORK),
    # providers of texts, who prove themselves by a signature or by the address that only they know
    "reminder_fate": ENTERING,
    "reminder_answer": ENTERING,
    "xero_callback": ANYBODY,
    "join": ENTERING,
    # machines, and who looks after them
    "webhooks": Rule(post=Open.ANYBODY),
    "healthz": ANYBODY,
    "readyz": ANYBODY,
    "metrics": ENTERING,
    "styleguide": ANYBODY,
    "api_reference": ANYBODY,
    "backstage": ENTERING,  # Django's own admin asks operators to sign in; its pages are not a firm's
}

ADDRESSES = list_addresses()
_NOTHING_THERE = 405


def test_every_address_has_a_rule_and_every_rule_an_address() -> None:
    assert {address.name for address in ADDRESSES} == set(RULES)


@pytest.fixture
def paths(db: None, settings: Settings) -> dict[Address, str]:
    """Every address, filled with rows of one firm, while Xero is away."""
    for name in ("LOGIN", "IDENTITY", "API", "WEB"):
        setattr(settings, f"XERO_{name}_URL", "http://127.0.0.1:9")
    firm = make_firm()
    member = Membership.objects.get(user=add_person(firm.workspace, Role.MEMBER))
    with firm.inside():
        invitation = Invitation.objects.create(
            workspace=firm.workspace,
            email="guest@new.example",
            role=Role.MEMBER,
            digest="0" * 64,
            invited_at=timezone.now(),
            expires_at=timezone.now() + timedelta(days=1),
        )
    values = {
        "organisation_id": make_organisation(firm).pk,
        "membership_id": member.pk,
        "invitation_id": invitation.pk,
    }
    return {address: address.fill(values) for address in ADDRESSES}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_is_let_in_where_it_may_and_refused_elsewhere(
    role: Role, paths: dict[Address, str]
) -> None:
    client = _sign_in(add_person(Membership.objects.latest("pk").workspace, role))
    wrong = []
    for address, path in paths.items():
        rule = RULES[address.name]
        for method, who in (("get", rule.get), ("post", rule.post)):
            status = _ask(client, method, path).status_code
            if who is None:
                is_right = status in (_NOTHING_THERE, 403)
            elif isinstance(who, Permission):
                is_allowed = role in PERMISSIONS[who]
                is_right = (status not in (403, _NOTHING_THERE)) if is_allowed else status == 403
            else:
                is_right = status != _NOTHING_THERE or who is Open.ANYBODY
            if not is_right:
                wrong.append(f"{method} {path}: {status}, but the rule is {who}")
    assert wrong == []


def test_a_stranger_is_sent_to_sign_in_from_everywhere_but_the_way_in(paths: dict[Address, str]) -> None:
    wrong = []
    for address, path in paths.items():
        rule = RULES[address.name]
        for method, who in (("get", rule.get), ("post", rule.post)):
            answer = _ask(Client(), method, path)
            is_sent = answer.headers.get("Location", "").startswith("/accounts/login/?next=")
            if who is None:
                is_right = is_sent or answer.status_code == _NOTHING_THERE
            else:
                is_right = is_sent != (who is Open.ANYBODY)
            if not is_right:
                wrong.append(f"{method} {path}: {answer.status_code}, but the rule is {who}")
    assert wrong == []


def _sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _ask(client: Client, method: str, path: str) -> HttpResponse:
    """Ask, and undo whatever was done by it, signing out among it."""
    kept = deepcopy(client.cookies)
    with transaction.atomic():
        answer: HttpResponse = getattr(client, method)(path, {"role": "viewer"})
        transaction.set_rollback(True)
    read_whole(answer)
    client.cookies = kept
    return answer
