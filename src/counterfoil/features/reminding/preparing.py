"""Prepares messages: asks the guard, and writes the words that would leave."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from counterfoil.domain.money import Money
from counterfoil.domain.reminders.guard import (
    Act,
    Debt,
    Decision,
    Snapshot,
    decide,
    judge_debt,
)
from counterfoil.domain.reminders.segments import count_segments
from counterfoil.domain.reminders.templates import (
    Owed,
    Party,
    Template,
    TemplateProblem,
    choose_version,
    list_values,
    parse_template,
)
from counterfoil.domain.wording import say_language
from counterfoil.features.reminding.gathering import Draft, Facts, gather_facts
from counterfoil.features.reminding.leaving import write_link
from counterfoil.features.reminding.models import Campaign, Channel, Wording
from counterfoil.features.reminding.owners import Owner

_CHUNK = 5000
_WAY_OUT = "opt_out_link"
_PAY_LINK = "pay_link"
# What others who pick up a shared phone learn nothing of, where the rules of the country say so.
_DETAILS = ("invoice", "amount", "due_date", "days_overdue", "count")
_DETAILS_HIDDEN = (
    "The rules of the country keep amounts, invoices and days out of texts: say what stands in their place,"
    " as in {amount|an open invoice}."
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message as it would leave at this moment, and what the guard says about it."""

    draft: Draft
    decision: Decision
    contact_name: str
    address: str
    digest: bytes | None
    language: str
    subject: str
    text: str
    parts: int
    cost: Decimal | None
    told: tuple[str, ...]  # the invoices that it speaks of


@dataclass(frozen=True)
class Words:
    """The words of a step in one language."""

    subject: Template | None
    text: Template

    @cached_property
    def names_way_out(self) -> bool:
        """Say whether the text itself has the link that ends the messages."""
        return _WAY_OUT in self.text.fields

    @cached_property
    def names_pay_link(self) -> bool:
        """Say whether they name where an invoice is paid."""
        return any(_PAY_LINK in template.fields for template in (self.subject, self.text) if template)


Versions = Mapping[int, Mapping[str, Words]]


def read_versions(campaign: Campaign) -> Versions:
    """Return the words of each step by language; one query. Raises TemplateProblem."""
    versions: dict[int, dict[str, Words]] = {}
    for wording in Wording.objects.filter(step__campaign=campaign):
        subject = parse_template(wording.subject) if wording.subject else None
        versions.setdefault(wording.step_id, {})[wording.language] = Words(
            subject, parse_template(wording.text)
        )
    return versions


def prepare(
    owner: Owner,
    campaign: Campaign,
    drafts: Sequence[Draft],
    *,
    resumed_at: datetime | None,
    versions: Versions | None = None,
) -> list[Prepared]:
    """
    Return the messages in order, each with the guard's word; a constant number of queries for 5,000.

    `resumed_at` is the campaign's own, or another moment for a preview of what it would send if active;
    `versions` are its words, if they are not kept yet.
    """
    versions = read_versions(campaign) if versions is None else versions
    prepared: list[Prepared] = []
    sent, spent = 0, Decimal(0)
    for start in range(0, len(drafts), _CHUNK):
        chunk = drafts[start : start + _CHUNK]
        facts = gather_facts(owner, campaign, chunk)
        for draft in chunk:
            one = _prepare(facts, draft, versions, resumed_at=resumed_at, sent=sent, spent=spent)
            if one.decision.act is Act.SEND:
                sent, spent = sent + 1, spent + (one.cost or 0)
            prepared.append(one)
    return prepared


def _prepare(
    facts: Facts, draft: Draft, versions: Versions, *, resumed_at: datetime | None, sent: int, spent: Decimal
) -> Prepared:
    owner, campaign, pack = facts.owner, facts.campaign, facts.find_pack(draft.contact_id)
    debts = [facts.describe_debt(draft.contact_id, planned) for planned in draft.invoices]
    told = [debt for debt in debts if judge_debt(debt, today=owner.today) is None]
    language, subject, text, problem = _write(facts, draft, told, versions)
    awaits_link = _awaits_link(facts, draft, told, versions.get(draft.step_id or 0, {}).get(language))
    if awaits_link:  # no words are better than others than those that will be sent
        subject, text, problem = "", "", ""
    is_text = campaign.channel == Channel.TEXT
    parts = count_segments(text).count if is_text else 0
    cost = owner.choices.price * parts if is_text and owner.choices.price is not None else None
    snapshot = Snapshot(
        now=owner.now,
        today=owner.today,
        connected=owner.connected,
        copied_at=owner.copied_at,
        planned_at=draft.planned_at,
        expires_at=draft.expires_at,
        resumed_at=resumed_at,
        has_ended=campaign.state == Campaign.State.ARCHIVED,
        is_all_paused=owner.choices.is_all_paused,
        was_attempted=draft.was_attempted,
        debts=debts,
        recipient=facts.describe_recipient(draft.contact_id),
        sender=owner.describe_sender(
            campaign.channel,
            country=pack.country,
            also_sent=sent,
            also_spent=spent,
            left_of_campaign=facts.left_of_campaign,
        ),
        pack=pack,
        cost=cost or Decimal(0),
        text_problem=problem,
        awaits_link=awaits_link,
        is_about_debt=campaign.kind == Campaign.Kind.INVOICES,
        is_text=is_text,
    )
    contact = facts.contacts.get(draft.contact_id)
    return Prepared(
        draft=draft,
        decision=decide(snapshot),
        contact_name=contact.name if contact else "",
        address=facts.find_address(draft.contact_id),
        digest=facts.find_digest(draft.contact_id),
        language=language,
        subject=subject,
        text=text,
        parts=parts,
        cost=cost,
        told=tuple(debt.invoice_id for debt in told),
    )


def _write(facts: Facts, draft: Draft, told: Iterable[Debt], versions: Versions) -> tuple[str, str, str, str]:
    """Return language, subject and text, or what is wrong with them."""
    wanted = facts.find_language(draft.contact_id)
    known = versions.get(draft.step_id or 0, {})
    language = choose_version(known, wanted, facts.campaign.language)
    if language is None:
        either = f"{say_language(wanted)} or {say_language(facts.campaign.language)}"
        return wanted, "", "", f"The step has no words in {either}."
    words = known[language]
    values = list_values(
        _describe_party(facts, draft.contact_id, words),
        [_describe_owed(facts, debt) for debt in told],
        today=facts.owner.today,
        language=language,
    )
    is_hidden = facts.campaign.channel == Channel.TEXT and facts.find_pack(draft.contact_id).hides_details
    if is_hidden:
        values |= dict.fromkeys(_DETAILS, "")
    try:
        subject = words.subject.fill(values) if words.subject else ""
        text = _end_with_way_out(facts, draft.contact_id, words, words.text.fill(values))
        return language, " ".join(subject.split()), text, ""
    except TemplateProblem as problem:
        return language, "", "", _DETAILS_HIDDEN if is_hidden and problem.field in _DETAILS else str(problem)


def _awaits_link(facts: Facts, draft: Draft, told: Iterable[Debt], words: Words | None) -> bool:
    is_named = words is not None and words.names_pay_link
    return is_named and any(debt.invoice_id not in facts.pay_links for debt in told)


def _end_with_way_out(facts: Facts, contact_id: str, words: Words, text: str) -> str:
    """Add a link where a way out is needed, no answer is heard here, and none is there."""
    channel = facts.campaign.channel
    is_needed = (
        not facts.owner.choices.hears(channel)
        and not words.names_way_out
        and (channel == Channel.EMAIL or facts.find_pack(contact_id).needs_way_out)
    )
    link = _write_way_out(facts, contact_id) if is_needed else ""
    return add_way_out(text, link, channel=channel) if link else text


def add_way_out(text: str, link: str, *, channel: str) -> str:
    """Return the text with the link that ends the messages behind it."""
    return f"{text}{chr(10) * 2 if channel == Channel.EMAIL else ' '}Stop: {link}"


def _write_way_out(facts: Facts, contact_id: str) -> str:
    digest = facts.find_digest(contact_id)
    if digest is None:
        return ""
    sender = facts.owner.organisation.tenant_id
    return write_link(sender=sender, channel=facts.campaign.channel, digest=digest)


def _describe_party(facts: Facts, contact_id: str, words: Words) -> Party:
    contact = facts.contacts.get(contact_id)
    return Party(
        contact=contact.name if contact else "",
        first_name=contact.first_name if contact else "",
        business=facts.owner.business,
        phone=facts.owner.choices.phone,
        way_out=_write_way_out(facts, contact_id) if words.names_way_out else "",
    )


def _describe_owed(facts: Facts, debt: Debt) -> Owed:
    invoice = facts.invoices[debt.invoice_id]
    return Owed(
        number=invoice.number,
        amount=Money(invoice.amount_due, invoice.currency),
        due_on=debt.planned_due_on,
        pay_at=facts.pay_links.get(debt.invoice_id, ""),
    )


def look_as_at(owner: Owner, moment: datetime) -> Owner:
    """
    Return the owner as it would stand at a later moment if nothing changed, for a preview of coming days.

    The copy is then taken to be as fresh as it is now.
    """
    later, nothing = moment - owner.now, Decimal(0)
    today = moment.astimezone(owner.zone).date()
    return replace(
        owner,
        now=moment,
        today=today,
        copied_at=owner.copied_at + later if owner.copied_at else None,
        sent_today=owner.sent_today if today == owner.today else 0,
        spent=owner.spent if (today.year, today.month) == (owner.today.year, owner.today.month) else nothing,
    )
