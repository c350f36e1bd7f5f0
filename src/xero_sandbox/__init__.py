"""A stand-in Xero server for demonstrations and tests."""
