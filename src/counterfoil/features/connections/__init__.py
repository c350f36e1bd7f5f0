"""Connecting an organisation of Xero, keeping it current, and removing it."""
