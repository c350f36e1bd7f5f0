"""What the records are called that a record names only by Xero's id."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from counterfoil.features.history.log import decode_record
from counterfoil.features.history.naming import Link, name_record
from counterfoil.mirror.models import Organisation
from counterfoil.sync.streams import STREAM_BY_NAME

# Their key is a word that people know: GBP, OUTPUT2.
_KNOWN_BY_THEIR_KEY = frozenset({"Currencies", "TaxRates"})


def is_bare(link: Link, said: str) -> bool:
    """Say whether nothing is said of a record but its id, which nobody can read."""
    return said == link.xero_id and link.stream not in _KNOWN_BY_THEIR_KEY


def name_linked(organisation: Organisation, links: Iterable[Link]) -> Mapping[Link, str]:
    """Return the names of those of the records that are here; one query for each kind of them."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for link in links:
        wanted[link.stream].add(link.xero_id)
    return {
        Link(stream, xero_id): name_record(stream, decode_record(raw))
        for stream, ids in wanted.items()
        for xero_id, raw in STREAM_BY_NAME[stream]
        .model._default_manager.filter(organisation=organisation, xero_id__in=ids)
        .values_list("xero_id", "raw")
    }
