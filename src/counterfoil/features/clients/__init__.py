"""Clients, their people and deals, and which Xero contacts they are."""
