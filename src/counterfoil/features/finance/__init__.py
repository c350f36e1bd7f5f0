"""The books beside the invoices: payments, credit notes, bank transactions, accounts, contact groups."""
