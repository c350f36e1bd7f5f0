"""Who carries an organisation's messages, and up to which limits: choosing it, and proving the account."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from counterfoil.features.reminding.campaigning import find_choices
from counterfoil.features.reminding.models import SenderChoices
from counterfoil.features.reminding.providers.proving import Proof
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation

# A secret belongs to an account at an address: once either is another, it is not sent there.
_BELONGS_TO: Mapping[str, Collection[str]] = {
    "secret": ("provider", "account", "address"),
    "mail_secret": ("mail_host", "mail_port", "mail_security", "mail_account"),
}


def save_sender(
    organisation: Organisation, *, values: Mapping[str, Any], by: User, now: datetime
) -> SenderChoices:
    """
    Keep what was chosen; an empty secret keeps the one that is there, if it still belongs to the account.

    Raises ValidationError.
    """
    choices = find_choices(organisation, now=now)
    before = {name: getattr(choices, name) for names in _BELONGS_TO.values() for name in names}
    for name, value in values.items():
        if name not in _BELONGS_TO:
            setattr(choices, name, value)
    has_changed = False
    for secret, names in _BELONGS_TO.items():
        moved = any(getattr(choices, name) != before[name] for name in names)
        if values.get(secret):
            setattr(choices, secret, values[secret])
        elif moved:
            setattr(choices, secret, "")
        has_changed = has_changed or moved or bool(values.get(secret))
    if has_changed or "sender" in values:
        choices.is_proven, choices.proof, choices.proven_at = None, "", None
    choices.saved_by, choices.saved_at = name_person(by), now
    choices.clean_fields(exclude={field.name for field in choices._meta.fields} - values.keys())
    choices.validate_constraints()
    choices.save()
    record(
        workspace_id=organisation.workspace_id,
        act=Act.SENDER_CHOSEN,
        who=by,
        what=organisation.name,
        now=now,
    )
    return choices


def keep_proof(choices: SenderChoices, proof: Proof, *, now: datetime) -> bool:
    """Keep what the providers said; return whether it is about what is still chosen."""
    asked = SenderChoices.objects.filter(pk=choices.pk, saved_at=choices.saved_at)
    return bool(asked.update(is_proven=proof.is_proven, proof=proof.words, proven_at=now))
