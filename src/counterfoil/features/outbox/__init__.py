"""The outbox as people use it: what waits to be written to Xero, and what became of it."""
