"""Writing to Xero: what is wished for, sending it once, and finding out what became of it."""
