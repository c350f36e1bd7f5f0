"""Telling apps that something changed, as late, as often and in the order that Xero does (FACTS 10)."""
