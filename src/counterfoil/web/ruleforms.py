"""What people fill in about the rules of a country."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms

from counterfoil.domain.reminders.packs import Hours, Pack, SenderNames

# The days of each row, by their places in a week that begins on Monday.
_ROWS: Mapping[str, tuple[str, slice]] = {
    "week": ("Monday to Friday", slice(0, 5)),
    "sat": ("Saturday", slice(5, 6)),
    "sun": ("Sunday", slice(6, 7)),
}
_TICKS = {
    "on_holidays": "Texts on public holidays, too",
    "needs_consent": "A consent is needed",
    "needs_way_out": "Every text says how to end them",
    "hides_details": "Texts name no amounts, invoices or days: a phone may be shared",
    "is_off": "Nobody there is texted",
}
_CAPS = {
    "a_day": "Most to one person in a day",
    "a_week": "Most to one person in seven days",
    "a_month": "Most to one person in 31 days",
}
_NAMES = {
    SenderNames.ALLOWED: "may send",
    SenderNames.IF_REGISTERED: "may send when they are registered",
    SenderNames.NEVER: "may not send; use a number",
}


def _clock(label: str) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget)


class RulesForm(forms.Form):
    """A firm's own version of a country's rules."""

    def __init__(self, *args: Any, pack: Pack, source: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pack = pack
        for row, (label, days) in _ROWS.items():
            hours = pack.hours[days][0]
            for name, title in (("opens", "from"), ("closes", "until")):
                field = _clock(f"{label}, {title}")
                field.initial = getattr(hours, name) if hours else None
                self.fields[f"{row}_{name}"] = field
        for name, label in _CAPS.items():
            self.fields[name] = forms.IntegerField(
                label=label, min_value=0, max_value=99, initial=getattr(pack, name)
            )
        self.fields["names"] = forms.ChoiceField(
            label="Names as senders",
            choices=[(one.value, label) for one, label in _NAMES.items()],
            initial=pack.names.value,
        )
        for name, label in _TICKS.items():
            self.fields[name] = forms.BooleanField(label=label, required=False, initial=getattr(pack, name))
        self.fields["extra_holidays"] = forms.CharField(
            label="Own holidays",
            required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
            initial="\n".join(sorted(map(str, pack.extra_holidays))),
            help_text="Days such as 2026-12-24, one on each line; public holidays are known.",
        )
        self.fields["source"] = forms.CharField(
            label="Where you have it from", max_length=255, required=False, initial=source
        )

    def clean_extra_holidays(self) -> frozenset[date]:
        """Return the days."""
        try:
            return frozenset(map(date.fromisoformat, self.cleaned_data["extra_holidays"].split()))
        except ValueError as error:
            raise forms.ValidationError("Write each day as 2026-12-24, on a line of its own.") from error

    def clean(self) -> dict[str, Any]:
        """Ask for both ends of the hours of a day, the earlier first."""
        values = super().clean() or self.cleaned_data
        for row in _ROWS:
            opens, closes = values.get(f"{row}_opens"), values.get(f"{row}_closes")
            if (opens is None) != (closes is None):
                self.add_error(f"{row}_closes", "Say both from when and until when, or neither.")
            elif opens is not None and closes is not None and opens >= closes:
                self.add_error(f"{row}_closes", "This is not after the first.")
        return values

    def read_pack(self) -> Pack:
        """Return the rules as they were filled in."""
        values = self.cleaned_data
        hours: list[Hours | None] = list(self.pack.hours)
        for row, (_, days) in _ROWS.items():
            opens, closes = values[f"{row}_opens"], values[f"{row}_closes"]
            hours[days] = [Hours(opens, closes) if opens else None] * len(hours[days])
        return replace(
            self.pack,
            hours=tuple(hours),
            names=SenderNames(values["names"]),
            extra_holidays=values["extra_holidays"],
            **{name: values[name] for name in (*_CAPS, *_TICKS)},
        )
