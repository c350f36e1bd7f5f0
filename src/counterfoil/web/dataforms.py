"""The forms about one person's data: whom it is about, and that it is meant."""

from django import forms


class AboutForm(forms.Form):
    """By what a person is known, one thing a line."""

    about = forms.CharField(
        label="E-mail address, phone number or full name",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text="One a line. All of them are taken for the same person.",
        error_messages={"required": "Say whom it is about."},
    )

    def clean_about(self) -> list[str]:
        """Return what was written, line by line."""
        lines = [line.strip() for line in self.cleaned_data["about"].splitlines()]
        asked = [line for line in lines if line]
        if any(len(line) < 3 for line in asked):
            raise forms.ValidationError("One of the lines is too short to name one person.")
        return asked
