"""Carries nothing: the message is kept here to be looked at. The default, so that a demo texts nobody."""

from counterfoil.features.reminding.providers.base import Letter, Outcome, Taken


class Shown:
    """An outbox that only shows."""

    name = "shown"

    def carry(self, letter: Letter) -> Outcome:
        """Take the message, and let it go nowhere."""
        return Taken(letter.token)
