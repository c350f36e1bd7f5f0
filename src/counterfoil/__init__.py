"""Counterfoil keeps a true, current copy of a firm's Xero organisations beside its client work."""

__version__ = "0.1.0"
