"""Bills the month: what clients agreed to pay, what was worked for them, and the run that invoices both."""
