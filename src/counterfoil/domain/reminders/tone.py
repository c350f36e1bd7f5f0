"""Reads the words of a message as a stranger would: links that lead elsewhere, threats, advertising."""

import re
from collections.abc import Collection, Iterator, Mapping

from counterfoil.domain.reminders.templates import Template

# Of the languages in which reminders are written most. Whole words alone: Court Street is no court.
_THREATS = (
    r"legal (?:action|proceedings|steps)|take you to court|court (?:action|proceedings|order)",
    r"debt collect(?:ors?|ion)|collections? agenc(?:y|ies)|credit (?:rating|score|report|bureau|file)",
    r"lawyers?|solicitors?|attorneys?|bailiffs?|final (?:warning|notice|demand)|last warning|or else",
    r"blacklist(?:ed)?|prosecut(?:e|ed|ion)|mise en demeure|poursuites|huissier|dernier avertissement",
    r"rechtliche schritte|inkasso\w*|rechtsanwalt|gerichtsvollzieher|letzte mahnung",
    r"acciones legales|abogados?|embargo|último aviso|azioni legali|avvocato|pignoramento",
)
_ADVERTISING = (
    r"special offers?|limited[- ]time|discounts?|\d+ ?% off|vouchers?|coupons?|promo(?:tion)?s?|free trial",
    r"on sale|buy now|shop now|new arrivals?|refer a friend|follow us|prizes?|bonus",
    r"offre spéciale|remises?|soldes|code promo|sonderangebote?|rabatte?|gutscheine?|gewinnspiel",
    r"ofertas?|descuentos?|promoción|rebajas|offerta speciale|sconti?|promozione",
)
_SHOUTING = r"!{2,}|\?{2,}|\b(?:urgent|dringend|urgente)\b"

_SHORTENERS = frozenset((
    *("bit.ly", "bl.ink", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "ow.ly", "rb.gy", "rebrand.ly"),
    *("s.id", "shorturl.at", "soo.gd", "t.co", "t.ly", "tiny.cc", "tinyurl.com", "v.gd"),
))  # fmt: skip
_HOST = r"(?:[a-z0-9-]+\.)+[a-z]{2,}"
_LINK = re.compile(
    rf"(?:https?://|\bwww\.)(?P<named>[^\s/]+)|(?<![@\w.-])(?P<bare>{_HOST})(?P<path>/\S*)?", re.IGNORECASE
)


def _any(patterns: Collection[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)


_READS: Mapping[str, re.Pattern[str]] = {
    "“{}” reads as a threat. Say what is owed and how to pay; the rest is for a letter.": _any(_THREATS),
    "“{}” advertises: one such phrase makes a reminder marketing, which needs a consent.": _any(_ADVERTISING),
    "“{}” shouts. A reminder is read by somebody who may just have paid.": re.compile(
        _SHOUTING, re.IGNORECASE
    ),
}


def list_remarks(template: Template) -> list[str]:
    """Return what a stranger would not like in the words, a sentence for each kind; it may be meant so."""
    said = " … ".join(_list_said(template))
    found = ((sentence, pattern.search(said)) for sentence, pattern in _READS.items())
    return [sentence.format(match[0]) for sentence, match in found if match]


def list_strange_links(template: Template, *, ours: Collection[str]) -> list[str]:
    """
    Return the hosts of links in the words that lead neither to Xero nor to one of `ours`, each once.

    Whoever gets a reminder has learnt not to press on such links; a shortener hides where it leads.
    """
    hosts = [host for said in _list_said(template) for host in _list_hosts(said)]
    return [host for host in dict.fromkeys(hosts) if not _is_known(host, {"xero.com", *ours})]


def _list_said(template: Template) -> Iterator[str]:
    """Yield what is written by the firm itself: the words, and what stands in the place of gaps."""
    for part in template.parts:
        said = part if isinstance(part, str) else part.fallback
        if said:
            yield said


def _list_hosts(said: str) -> Iterator[str]:
    for found in _LINK.finditer(said):
        host = (found["named"] or found["bare"]).lower().partition(":")[0].strip(".,;!?)")
        # “end.Please” is no link: without its protocol, only what has a path, or is known to shorten.
        if found["named"] or found["path"] or host in _SHORTENERS:
            yield host


def _is_known(host: str, known: Collection[str]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in known if one)
