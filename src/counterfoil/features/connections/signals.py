"""What higher features may listen to."""

from django.dispatch import Signal

copy_changed = Signal()
"""
Sent after a run has written to the copy of an organisation, by the job that ran it.

Arguments: `organisation_id`. It is sent outside any transaction and workspace; a receiver that has
much to do enqueues a job. What a receiver raises ends the job, and is logged with it; the copy stays.
"""
