"""What a carrier tells of a message's fate, whenever and however often it does."""

from datetime import datetime

from counterfoil.features.reminding.models import Message

# What may still become of a message in each state: a fate that was told late or twice changes nothing.
_MAY_BECOME = {
    Message.State.DELIVERED: [Message.State.SENDING, Message.State.SENT, Message.State.UNKNOWN],
    Message.State.FAILED: [Message.State.SENT, Message.State.UNKNOWN],
}


def tell_fate(message: Message, *, state: str, words: str, provider_id: str, now: datetime) -> bool:
    """
    Keep what the carrier says, and return whether it was news.

    It also settles a message in doubt: the carrier has it after all.
    """
    wanted = Message.State(state)
    news = {"state": wanted, "said": words, "settled_at": now}
    if provider_id and not message.provider_id:
        news["provider_id"] = provider_id
    standing = Message.objects.filter(pk=message.pk, state__in=_MAY_BECOME.get(wanted, []))
    return bool(standing.update(**news))
