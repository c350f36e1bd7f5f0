"""Counts the wrong tokens that a caller shows, so that whoever guesses is told to wait."""

from datetime import datetime

from django.core.cache import cache

GUESSES_A_MINUTE = 20
_KEPT_S = 120


def is_guessing(caller: str, *, now: datetime) -> bool:
    """
    Note that this address showed a wrong token; say whether it has done so too often in this minute.

    A good token is let in whatever came before it from the same address: several programs may share one,
    and 256 bits are not guessed in any time.
    """
    key = f"wrong-token:{caller}:{now:%Y%m%d%H%M}"
    count = int(cache.get(key, 0))
    if count >= GUESSES_A_MINUTE:
        return True
    cache.set(key, count + 1, timeout=_KEPT_S)
    return False
