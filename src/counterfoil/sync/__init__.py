"""Keeps the mirror true: the only floor that joins Xero's words with our tables."""
