"""What higher features may listen to."""

from django.dispatch import Signal

run_gathers = Signal()
"""
Sent once while a run makes its invoices, after those of agreements, in a transaction and the run locked.

Arguments: `run`, `until` (the first day that is not billed), `now`. A receiver may add invoices of its own to
the run, and returns what it could not bill, each in a sentence. What it raises stops the run; what was made
before is kept.
"""

invoices_merged = Signal()
"""
Sent when invoices of a run became one, in the transaction that does it, before the other drafts go.

Arguments: `kept` (a RunInvoice), `merged` (the others). What a receiver raises keeps them apart.
"""

invoices_discarded = Signal()
"""
Sent when invoices of a run were discarded, in the transaction that does it.

Arguments: `invoices` (RunInvoices). What a receiver raises keeps them.
"""
