"""Have the database note what becomes of month-end runs, for those who are told."""

from django.db import migrations

from counterfoil.features.announcing.noting import Noted, note_events

_KIND = """case
    when written.state = 'archived' and before.state <> 'archived' then 'billing.archived'
    when written.failure <> '' and before.failure = '' then 'billing.failed'
    when before.doing = 'making' and written.doing = '' then 'billing.made'
    when before.doing = 'pushing' and written.doing = '' then 'billing.sent'
end"""
_NOTED = {
    "billing": Noted(
        "billing_billingrun", _KIND, "'BillingRuns'", changed=("state", "failure", "doing"),
        more=("written.first_day", "written.last_day", "written.total", "written.failure"),
        is_told_when_new=False,
    )
}  # fmt: skip


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [
        ("announcing", "0003_tell_more_to_those_who_chose"),
        ("billing", "0003_wave_through_what_is_as_before"),
    ]

    operations = [step for name, noted in _NOTED.items() for step in note_events(noted, name=name)]
