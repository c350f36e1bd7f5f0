"""Hosts of other people's choice: a phone or a mail server, and nothing of our own network unless allowed."""

import socket
from ipaddress import ip_address, ip_network

from django.conf import settings

from counterfoil.features.announcing.reaching import is_outside


class OwnNetwork(ValueError):
    """The host is not to be spoken to; the sentence says why and who can change it."""


def require_outside(host: str) -> None:
    """
    Refuse a host within our own network, which a stranger could look into by naming it.

    Raises OwnNetwork. A name that leads nowhere is not refused: whoever speaks to it next finds out.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return
    allowed = [ip_network(one) for one in settings.COUNTERFOIL_SENDERS_ALLOWED]
    if not all(is_outside(ip_address(str(one[4][0]).partition("%")[0]), allowed) for one in found):
        raise OwnNetwork(
            f"{host} lies within a network of our own. Whoever runs Counterfoil can allow it by"
            " COUNTERFOIL_SENDERS_ALLOWED."
        )
