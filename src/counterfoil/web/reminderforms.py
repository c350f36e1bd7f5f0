"""What people fill in about reminders: a campaign, its steps, and what a reply means."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from counterfoil.domain.reminders.replies import Meaning
from counterfoil.domain.reminders.templates import FIELDS, TemplateProblem, parse_template
from counterfoil.features.reminding.campaigning import Says
from counterfoil.features.reminding.models import Campaign
from counterfoil.mirror.models import ContactGroup, Organisation
from counterfoil.web.clientforms import TagsField

FIRST_WORDS = (
    "Hi {first_name|there}, {invoice} over {amount} was due on {due_date}. If you have paid, please ignore"
    " this. {business}. Reply STOP to opt out."
)
_MOST_STEPS = 12


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """Who is reminded, by what, and when."""

    group_ids = forms.MultipleChoiceField(required=False, label="Only these contact groups")
    excluded_group_ids = forms.MultipleChoiceField(required=False, label="Without these contact groups")
    client_tags = TagsField(
        required=False, label="Only clients with one of these tags", help_text="Several with commas between."
    )

    class Meta:
        model = Campaign
        fields = (
            *("name", "kind", "broadcast_on", "channel", "send_at", "language"),
            *("group_ids", "excluded_group_ids", "client_tags", "currency", "least", "most"),
        )
        labels: Mapping[str, str] = {
            "name": "What you call it",
            "kind": "What it is about",
            "broadcast_on": "Day of the one message",
            "channel": "Sent by",
            "send_at": "Time of day",
            "language": "Language of readers of whom none is known",
            "currency": "Only invoices in this currency",
            "least": "Still to pay at least",
            "most": "Still to pay at most",
        }
        widgets: Mapping[str, forms.Widget] = {
            "broadcast_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "send_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "least": forms.TextInput(attrs={"inputmode": "decimal"}),
            "most": forms.TextInput(attrs={"inputmode": "decimal"}),
        }
        help_texts: Mapping[str, str] = {
            "kind": "One message goes to all customers of the audience, in the words of the first step.",
            "broadcast_on": "For one message only.",
            "send_at": "As clocks show it where the organisation is. Where it is night, a message waits.",
            "language": "As in en, fr or es.",
        }

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = ContactGroup.objects.filter(organisation=organisation, gone_at=None).order_by("name")
        choices = list(groups.values_list("xero_id", "name"))
        for name in ("group_ids", "excluded_group_ids"):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = choices
            if not choices:
                field.widget = forms.MultipleHiddenInput()

    def _get_validation_exclusions(self) -> set[str]:
        # The whole record is checked where it is saved.
        return {field.name for field in Campaign._meta.fields}


class StepForm(forms.Form):
    """One step in one language."""

    days = forms.IntegerField(
        min_value=-90, max_value=365, label="Days after the due date", help_text="Below zero before it."
    )
    language = forms.CharField(max_length=20, initial="en", label="Language")
    subject = forms.CharField(max_length=200, required=False, label="Subject", help_text="For e-mail.")
    text = forms.CharField(
        max_length=1600,
        label="Message",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Fields: " + ", ".join("{" + key + "}" for key in FIELDS) + ". {first_name|there} says"
        " “there” when the name is empty.",
    )

    def clean_text(self) -> str:
        """Return the message, if it can be filled in."""
        return self._read("text")

    def clean_subject(self) -> str:
        """Return the subject, if it can be filled in."""
        return self._read("subject") if self.cleaned_data["subject"] else ""

    def _read(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        try:
            parse_template(text)
        except TemplateProblem as problem:
            raise forms.ValidationError(str(problem)) from problem
        return text


class _Steps(BaseFormSet):  # type: ignore[type-arg]  # generic only in the stubs
    def clean(self) -> None:
        """Refuse two texts for the same day and language."""
        said = [(form.cleaned_data["days"], form.cleaned_data["language"]) for form in self.filled]
        if len(said) != len(set(said)):
            raise forms.ValidationError("Two steps have the same day and language.")

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """Say what taking a step out means."""
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Take this step out"

    @property
    def filled(self) -> Sequence[forms.Form]:
        """The steps that were filled in and not taken out."""
        return [
            form
            for form in self.forms
            if form.is_valid() and form.cleaned_data.get("text") and not form.cleaned_data.get("DELETE")
        ]


def read_steps(steps: Any) -> list[Says]:
    """Return the steps that were filled in."""
    return [
        Says(one["days"], one["language"], one["text"], one["subject"])
        for one in (form.cleaned_data for form in steps.filled)
    ]


StepForms = formset_factory(
    StepForm, formset=_Steps, extra=1, max_num=_MOST_STEPS, absolute_max=_MOST_STEPS, can_delete=True
)


class MeaningForm(forms.Form):
    """What a reply means, as a person reads it."""

    meaning = forms.ChoiceField(
        choices=[(meaning.value, meaning.value) for meaning in Meaning if meaning is not Meaning.START]
    )
    until = forms.DateField(required=False)


class AnswerForm(forms.Form):
    """What a customer answers, played by somebody here."""

    text = forms.CharField(max_length=1600)


class ChoiceForm(forms.Form):
    """In which language a customer is written to, and whether at all."""

    language = forms.RegexField(
        r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        required=False,
        max_length=20,
        label="Language",
        help_text="As in en, fr or pt-BR. Nothing: the campaign’s.",
    )
    is_excluded = forms.BooleanField(required=False, label="Leave out of all reminders")
