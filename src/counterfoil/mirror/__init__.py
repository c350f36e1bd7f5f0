"""The tables: who is connected, what Xero holds, and how the copy came to be."""
