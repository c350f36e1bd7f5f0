"""Registers every command; importing this module is what makes them known."""

import django

django.setup()

from counterfoil.cli import connecting, exporting, parts, syncing  # noqa: E402 - the tables must be known first

__all__ = ["connecting", "exporting", "parts", "syncing"]
