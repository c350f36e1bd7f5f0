"""Speaks to Xero: consent, transport, limits and errors, with no database."""
