"""Lets go of the words of old messages where an organisation wants that; what was decided stays."""

from datetime import datetime, timedelta

from counterfoil.features.reminding.models import Message, Reply, SenderChoices

_MONTH = timedelta(days=31)


def erase_old_words(*, now: datetime) -> int:
    """
    Empty the words, names and addresses of messages and replies that are older than each organisation keeps.

    Call it across workspaces; returns how many. Digests, states and reasons stay, and so does the ledger: who
    was sent to, and who wants nothing. What is still to be sent or read is not touched.
    """
    count = 0
    for choices in SenderChoices.objects.exclude(texts_kept_months=None):
        since = now - (choices.texts_kept_months or 0) * _MONTH
        sent = Message.objects.filter(organisation=choices.organisation_id, settled_at__lt=since)
        count += sent.exclude(text="", address="", contact_name="").update(
            contact_name="", address="", subject="", text="", said=""
        )
        read = Reply.objects.filter(
            organisation=choices.organisation_id, received_at__lt=since, decided_at__isnull=False
        )
        count += read.exclude(text="", address="").update(text="", address="", answer="")
    return count
