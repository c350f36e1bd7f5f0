"""Follows contacts that were merged in Xero to the one that is left (pain 17)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from counterfoil.mirror.models import Contact, Organisation


def find_survivors(organisation: Organisation) -> dict[str, str]:
    """Return for every merged contact the id of the one that is left at the end of the chain."""
    return find_survivors_in([organisation.pk])[organisation.pk]


def find_survivors_in(organisation_ids: Iterable[int]) -> Mapping[int, dict[str, str]]:
    """Return the same for several organisations at once; one query."""
    next_of: dict[int, dict[str, str]] = defaultdict(dict)
    merged = Contact.objects.filter(organisation__in=list(organisation_ids)).exclude(merged_to_id="")
    for organisation_id, xero_id, merged_to in merged.values_list(
        "organisation_id", "xero_id", "merged_to_id"
    ):
        next_of[organisation_id][xero_id] = merged_to
    survivors: dict[int, dict[str, str]] = defaultdict(dict)
    for organisation_id, chain in next_of.items():
        survivors[organisation_id] = {xero_id: _follow(xero_id, chain) for xero_id in chain}
    return survivors


@dataclass(frozen=True)
class Survivor:
    """The contact that is left of a merge."""

    xero_id: str
    name: str


def name_survivors(organisation: Organisation, contacts: Iterable[Contact]) -> dict[str, Survivor]:
    """Return what became of those of these contacts that were merged; two queries where any was."""
    merged = [contact.xero_id for contact in contacts if contact.merged_to_id]
    if not merged:
        return {}
    survivors = find_survivors(organisation)
    wanted = {survivors[xero_id] for xero_id in merged}
    names = dict(
        Contact.objects.filter(organisation=organisation, xero_id__in=wanted).values_list("xero_id", "name")
    )
    # One that is not here yet is known by its id until the next sync brings its name.
    return {
        xero_id: Survivor(survivors[xero_id], names.get(survivors[xero_id], survivors[xero_id]))
        for xero_id in merged
    }


def _follow(merged: str, next_of: Mapping[str, str]) -> str:
    seen = {merged}
    last = next_of[merged]
    # Xero merges into active contacts only, so a circle would be its fault; it ends here all the same.
    while last in next_of and last not in seen:
        seen.add(last)
        last = next_of[last]
    return last
