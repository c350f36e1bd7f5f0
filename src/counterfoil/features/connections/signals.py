"""What higher features may listen to."""

from django.dispatch import Signal

copy_changed = Signal()
"""
Sent after a run has written to the copy of an organisation, by the job that ran it.

Arguments: `organisation_id`. It is sent outside any transaction and workspace; a receiver that has
much to do enqueues a job. What a receiver raises ends the job, and is logged with it; the copy stays.
"""

connection_removed = Signal()
"""
Sent in the transaction that removes a connection, once its row is gone and before its records go.

Arguments: `organisation`, `now`. Whatever acts for the organisation stops here and lets go of what it has of
its customers. What a receiver raises undoes the removal.
"""
