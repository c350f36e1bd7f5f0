"""Follows contacts that were merged in Xero to the one that is left (pain 17)."""

from counterfoil.mirror.models import Contact, Organisation


def find_survivors(organisation: Organisation) -> dict[str, str]:
    """Return for every merged contact the id of the one that is left at the end of the chain."""
    next_of = dict(
        Contact.objects.filter(organisation=organisation)
        .exclude(merged_to_id="")
        .values_list("xero_id", "merged_to_id")
    )
    return {merged: _follow(merged, next_of) for merged in next_of}


def _follow(merged: str, next_of: dict[str, str]) -> str:
    seen = {merged}
    last = next_of[merged]
    # Xero merges into active contacts only, so a circle would be its fault; it ends here all the same.
    while last in next_of and last not in seen:
        seen.add(last)
        last = next_of[last]
    return last
