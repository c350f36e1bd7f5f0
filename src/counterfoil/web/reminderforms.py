"""What people fill in about reminders: a campaign, its steps by language, and what a reply means."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from counterfoil.domain.reminders.replies import Meaning
from counterfoil.domain.reminders.templates import FIELDS, TemplateProblem, parse_template
from counterfoil.features.lists.models import SavedView
from counterfoil.features.reminding.campaigning import Says
from counterfoil.features.reminding.models import Campaign
from counterfoil.features.reminding.weighing import Weighed
from counterfoil.mirror.models import ContactGroup, Organisation
from counterfoil.web.clientforms import TagsField

FIRST_WORDS = (
    "Hi {first_name|there}, {invoice} over {amount} was due on {due_date}. If you have paid, please ignore"
    " this. {business}. Reply STOP to opt out."
)
_MOST_STEPS = 12
_MOST_VERSIONS = 12
KEPT_VIEW = "kept"
_FIRST = ("name", "kind", "broadcast_on", "channel", "send_at", "language")


class LanguageField(forms.RegexField):
    """A language by its code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=20, **kwargs)


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """Who is reminded, by what, and when."""

    view = forms.ChoiceField(required=False, label="Only invoices in this kept view")
    group_ids = forms.MultipleChoiceField(
        required=False, label="Only these contact groups", widget=forms.CheckboxSelectMultiple
    )
    excluded_group_ids = forms.MultipleChoiceField(
        required=False, label="Without these contact groups", widget=forms.CheckboxSelectMultiple
    )
    client_tags = TagsField(
        required=False, label="Only clients with one of these tags", help_text="Several with commas between."
    )

    class Meta:
        model = Campaign
        fields = (
            *("name", "kind", "broadcast_on", "channel", "send_at", "language"),
            *("group_ids", "excluded_group_ids", "client_tags", "currency", "least", "most"),
            "daily_limit",
        )
        labels: Mapping[str, str] = {
            "name": "What you call it",
            "kind": "What it is about",
            "broadcast_on": "Day of the one message",
            "channel": "Sent by",
            "send_at": "Time of day",
            "language": "Language of readers whose own is not known, or not written",
            "currency": "Only invoices in this currency",
            "least": "Still to pay at least",
            "most": "Still to pay at most",
            "daily_limit": "Most messages of this campaign in a day",
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
            "daily_limit": "Empty: as many as the sender may send. What is over waits for the next day.",
            "language": "As in en, fr or es. Every step needs words in it.",
        }

    def __init__(
        self, *args: Any, organisation: Organisation, views: Sequence[SavedView], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([*_FIRST, "view"])
        self._offer_views(views)
        groups = ContactGroup.objects.filter(organisation=organisation, gone_at=None).order_by("name")
        choices = list(groups.values_list("xero_id", "name"))
        for name in ("group_ids", "excluded_group_ids"):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = choices
            if not choices:
                field.widget = forms.MultipleHiddenInput()

    @property
    def first(self) -> list[forms.BoundField]:
        """What every campaign needs."""
        return [self[name] for name in _FIRST]

    @property
    def narrowing(self) -> list[forms.BoundField]:
        """What makes the audience smaller."""
        return [field for field in self.visible_fields() if field.name not in _FIRST]

    @property
    def is_narrowed(self) -> bool:
        """Say whether anything makes the audience smaller already, or is wrong."""
        return any(field.value() or field.errors for field in self.narrowing)

    def _offer_views(self, views: Sequence[SavedView]) -> None:
        view = self.fields["view"]
        assert isinstance(view, forms.ChoiceField)
        kept = [(KEPT_VIEW, f"{self.instance.view_name}, as it was when it was chosen")]
        view.choices = [
            ("", "All invoices"),
            *(kept if self.instance.view_asks else ()),
            *((str(each.pk), each.name) for each in views),
        ]
        view.initial = KEPT_VIEW if self.instance.view_asks else ""
        view.help_text = (
            "Your own views of the list of invoices. Who changes a view later changes no campaign by that."
        )

    def _get_validation_exclusions(self) -> set[str]:
        # The whole record is checked where it is saved.
        return {field.name for field in Campaign._meta.fields}


class VersionForm(forms.Form):
    """The words of a step in one language; `weighed` is how they are cut, where that is shown."""

    weighed: Weighed | None = None

    language = LanguageField(label="Language")
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


def _is_meant(form: forms.Form) -> bool:
    """Say whether a form stands for something: the one to spare at the end does once it is typed in."""
    return form.has_changed() or not form.empty_permitted


class _Filled(BaseFormSet):  # type: ignore[type-arg]  # generic only in the stubs
    taken_out = ""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """Say what taking it out means."""
        super().add_fields(form, index)
        form.fields["DELETE"].label = self.taken_out

    @property
    def filled(self) -> Sequence[Any]:
        """The forms that were filled in and not taken out."""
        return [
            form
            for form in self.forms
            if _is_meant(form) and form.is_valid() and not form.cleaned_data.get("DELETE")
        ]


class _Versions(_Filled):
    taken_out = "Take this version out"

    def clean(self) -> None:
        """Refuse two texts in the same language."""
        said = [form.cleaned_data["language"].lower() for form in self.filled]
        if len(said) != len(set(said)):
            raise forms.ValidationError("Two versions of this step are in the same language.")


VersionForms = formset_factory(
    VersionForm,
    formset=_Versions,
    extra=1,
    max_num=_MOST_VERSIONS,
    absolute_max=_MOST_VERSIONS,
    can_delete=True,
)


class StepForm(forms.Form):
    """One step: its day, and its words by language."""

    days = forms.IntegerField(
        min_value=-90, max_value=365, label="Days after the due date", help_text="Below zero before it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions: Any = VersionForms(
            self.data if self.is_bound else None,
            prefix=f"{self.prefix}-words",
            initial=self.initial.get("versions"),
        )

    def has_changed(self) -> bool:
        """Say whether anything of the step was filled in."""
        return super().has_changed() or any(form.has_changed() for form in self.versions)

    def is_valid(self) -> bool:
        """Say whether its day and all of its words can be used."""
        return super().is_valid() and (not _is_meant(self) or self.versions.is_valid())

    def clean(self) -> dict[str, Any]:
        """Refuse a step that says nothing."""
        if (
            self.versions.is_valid()
            and not self.versions.filled
            and not self.data.get(f"{self.prefix}-DELETE")
        ):
            raise forms.ValidationError("Write what this step says, or take it out.")
        return self.cleaned_data


class _Steps(_Filled):
    taken_out = "Take this step out"

    def clean(self) -> None:
        """Refuse two steps on the same day."""
        days = [form.cleaned_data["days"] for form in self.filled]
        if len(days) != len(set(days)):
            raise forms.ValidationError("Two steps are on the same day.")


def read_steps(steps: Any) -> list[Says]:
    """Return the words of the steps that were filled in."""
    return [
        Says(step.cleaned_data["days"], said["language"], said["text"], said["subject"])
        for step in steps.filled
        for said in (version.cleaned_data for version in step.versions.filled)
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

    language = LanguageField(
        required=False,
        label="Language",
        help_text="As in en, fr or pt-BR. Nothing: the campaign’s.",
    )
    is_excluded = forms.BooleanField(required=False, label="Leave out of all reminders")
