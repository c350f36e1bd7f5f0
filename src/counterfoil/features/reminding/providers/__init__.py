"""Those who carry messages, behind one small interface."""

from collections.abc import Callable, Mapping

from counterfoil.features.reminding.models import Channel, SenderChoices
from counterfoil.features.reminding.providers.base import Carrier
from counterfoil.features.reminding.providers.gateway import Gateway
from counterfoil.features.reminding.providers.mail import Mail
from counterfoil.features.reminding.providers.shown import Shown
from counterfoil.features.reminding.providers.twilio import Twilio
from counterfoil.features.reminding.providers.vonage import Vonage


def find_carrier(choices: SenderChoices, channel: str) -> Carrier:
    """Return who carries messages of this channel for an organisation; by default nobody does."""
    if channel == Channel.EMAIL and choices.mail_host:
        return Mail(choices)
    if channel == Channel.EMAIL or choices.provider == SenderChoices.Provider.SHOWN:
        return Shown()
    return _CARRIERS[SenderChoices.Provider(choices.provider)](choices)


_CARRIERS: Mapping[SenderChoices.Provider, Callable[[SenderChoices], Carrier]] = {
    SenderChoices.Provider.TWILIO: Twilio,
    SenderChoices.Provider.VONAGE: Vonage,
    SenderChoices.Provider.GATEWAY: Gateway,
}
