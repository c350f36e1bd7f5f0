"""What people fill in about who carries messages: texts, e-mail, and up to which limits."""

import re
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from counterfoil.domain.reminders.numbers import write_number
from counterfoil.domain.reminders.packs import PACKS, Pack, SenderNames
from counterfoil.features.reminding.models import SenderChoices
from counterfoil.web.words import say_country

_PHONE = re.compile(r"\+[1-9]\d{5,14}")
_POOL = re.compile(r"MG[0-9A-Za-z]{2,40}")
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{2,11}")
_ACCOUNT = re.compile(r"[A-Za-z0-9._@-]{2,100}")
_KEPT = "Kept encrypted and never shown again; leave it empty to keep the saved one."
_AGAIN = "Give it again: the saved one belongs to another account."
_MOST_PORT = 65535


def _secret(label: str) -> forms.CharField:
    hidden = forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, max_length=300, required=False, widget=hidden, help_text=_KEPT)


def _has_register(pack: Pack) -> bool:
    return pack.names is SenderNames.IF_REGISTERED


class SenderForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """A part of how an organisation sends; what is saved is checked as a whole where it is kept."""

    title = ""
    more = ""  # what is to be known of the whole part

    class Meta:
        model = SenderChoices
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, region: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region = region
        # The form writes into its record; what was kept before is asked for below.
        self.before = {field.attname: getattr(self.instance, field.attname) for field in _FIELDS}

    def say(self) -> str:
        """Return in a line how it stands, while the part is folded away."""
        raise NotImplementedError

    def _is_moved(self, *names: str) -> bool:
        return any(self.cleaned_data.get(name) != self.before[name] for name in names)

    def _require(self, *names: str) -> None:
        for name in names:
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, "This is needed.")

    def _require_secret(self, name: str, *, is_moved: bool) -> None:
        if self.cleaned_data.get(name):
            return
        if not self.before[name]:
            self.add_error(name, "This is needed.")
        elif is_moved:
            self.add_error(name, _AGAIN)


_FIELDS = SenderChoices._meta.concrete_fields


class TextsForm(SenderForm):
    """Who carries texts, and from which number or name."""

    title = "Text messages"
    secret = _secret("Secret")
    registered_in = forms.MultipleChoiceField(
        label="The name is registered in",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="These countries let a name send only once it stands in their register.",
    )

    class Meta(SenderForm.Meta):
        fields = ("provider", "account", "secret", "address", "sender", "is_one_way", "registered_in")
        labels: Mapping[str, str] = {
            "provider": "Carried by",
            "account": "Account",
            "address": "Address of the phone",
            "sender": "Number or name that texts come from",
            "is_one_way": "Customers cannot answer this number",
        }
        help_texts: Mapping[str, str] = {
            "account": "Twilio: the Account SID, AC… Vonage: the API key. A phone: its user name.",
            "address": "For an Android phone alone, as the app shows it: http://192.168.1.20:8080.",
            "sender": "A number with its country, +64…, a messaging service of Twilio’s, MG…, or a name of up"
            " to eleven letters and digits.",
            "is_one_way": "A name never takes answers. Texts then need another way out: a link.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        registered = self.fields["registered_in"]
        assert isinstance(registered, forms.MultipleChoiceField)
        names = {say_country(one.country): one.country for one in PACKS.values() if _has_register(one)}
        registered.choices = [(names[name], name) for name in sorted(names)]

    def say(self) -> str:
        """Return who carries texts, and what they come from."""
        kept = self.before
        if kept["provider"] == SenderChoices.Provider.SHOWN:
            return "Only shown here"
        carried = SenderChoices.Provider(kept["provider"]).label
        return f"{carried}, from {kept['sender']}" if kept["sender"] else str(carried)

    def clean_sender(self) -> str:
        """Return the sender: a number in full, a pool of numbers, or a name."""
        said = " ".join(self.cleaned_data["sender"].split())
        number = write_number(said, region=self.region)
        for one, shape in ((number, _PHONE), (said, _POOL), (said, _NAME)):
            if not said or shape.fullmatch(one):
                return one if said else ""
        raise ValidationError("This is neither a number with its country nor a name of 2 to 11 letters.")

    def clean_account(self) -> str:
        """Return the account without what came along when it was copied."""
        account: str = self.cleaned_data["account"].strip()
        if account and not _ACCOUNT.fullmatch(account):
            raise ValidationError("An account is one word of letters and digits; copy it once more.")
        return account

    def clean_address(self) -> str:
        """Return the phone's address."""
        address: str = self.cleaned_data["address"].strip()
        parts = urlsplit(address)
        if address and (parts.scheme not in ("http", "https") or not parts.hostname or parts.username):
            raise ValidationError("An address begins with http:// or https:// and names a host.")
        return address.partition("?")[0].partition("#")[0]

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen provider needs."""
        values = super().clean() or self.cleaned_data
        match values.get("provider"):
            case SenderChoices.Provider.TWILIO | SenderChoices.Provider.VONAGE:
                self._require("account", "sender")
            case SenderChoices.Provider.GATEWAY:
                self._require("account", "address")
        if values.get("provider") != SenderChoices.Provider.SHOWN:
            self._require_secret("secret", is_moved=self._is_moved("provider", "account", "address"))
        return values


class MailForm(SenderForm):
    """By which server e-mails go."""

    title = "E-mail"
    more = (
        "Nobody here reads what customers answer to an e-mail: whoever opens that mailbox notes a wish to"
        " stop under Opt-outs, and holds back what is disputed or promised. What a mail server refuses at"
        " once stands with the message; what comes back later comes to the address in From. Each e-mail ends"
        " with a link that stops them."
    )
    mail_secret = _secret("Password")

    class Meta(SenderForm.Meta):
        fields = (
            *("mail_host", "mail_port", "mail_security", "mail_account", "mail_secret"),
            *("mail_from", "reply_to"),
        )
        labels: Mapping[str, str] = {
            "mail_host": "Mail server",
            "mail_port": "Port",
            "mail_security": "Encrypted by",
            "mail_account": "User name",
            "mail_from": "From",
            "reply_to": "Answers go to",
        }
        help_texts: Mapping[str, str] = {
            "mail_host": "As in smtp.example.com. Empty: e-mails are only shown here.",
            "mail_account": "Empty for a server that asks for none.",
            "mail_from": "As in Harbour Foods &lt;accounts@harbour.example&gt;.",
            "reply_to": "An address that somebody reads; answers to e-mails are not read here. Empty: they go"
            " to the address in From.",
        }

    def say(self) -> str:
        """Return what e-mails come from, and where answers go."""
        kept = self.before
        if not kept["mail_host"]:
            return "Only shown here"
        answers = kept["reply_to"] or parseaddr(kept["mail_from"])[1]
        return f"{kept['mail_host']}, answers go to {answers}"

    def clean_mail_port(self) -> int:
        """Return the port."""
        port: int = self.cleaned_data["mail_port"]
        if not 0 < port <= _MOST_PORT:
            raise ValidationError("A port is a number from 1 to 65535; 587 is usual.")
        return port

    def clean_mail_from(self) -> str:
        """Return a name and address that an e-mail can come from."""
        said: str = self.cleaned_data["mail_from"].strip()
        if said:
            validate_email(parseaddr(said)[1])
        return said

    def clean(self) -> dict[str, Any]:
        """Ask for what a server needs, and give no password away."""
        values = super().clean() or self.cleaned_data
        if not values.get("mail_host"):
            return values
        self._require("mail_from")
        if values.get("mail_account"):
            moved = self._is_moved("mail_host", "mail_port", "mail_security", "mail_account")
            self._require_secret("mail_secret", is_moved=moved)
            if values.get("mail_security") == SenderChoices.Security.NONE:
                self.add_error("mail_security", "A password is only sent encrypted.")
        return values


class NameForm(SenderForm):
    """What the sender calls itself, and which numbers of its customers it tries."""

    title = "Name and numbers"

    class Meta(SenderForm.Meta):
        fields = ("business", "phone", "tries_phone", "tries_direct")
        labels: Mapping[str, str] = {
            "business": "Business name in messages",
            "phone": "Number to call",
            "tries_phone": "Without a mobile number in Xero’s Mobile field, look in Phone",
            "tries_direct": "Then look in Direct",
        }
        help_texts: Mapping[str, str] = {
            "business": "Empty: the organisation’s name in Xero.",
            "phone": "Where customers reach a person.",
        }

    def say(self) -> str:
        """Return the name and the number to call."""
        kept = self.before
        return ", ".join((kept["business"] or "As in Xero", kept["phone"] or "no number to call"))


class LimitsForm(SenderForm):
    """What texts cost, and how much may be sent."""

    title = "Price and limits"

    class Meta(SenderForm.Meta):
        fields = ("price", "currency", "monthly_limit", "daily_limit")
        labels: Mapping[str, str] = {
            "price": "Price of one part of a text",
            "currency": "Currency of the price",
            "monthly_limit": "Most to spend in a month",
            "daily_limit": "Most messages in a day, to everybody together",
        }
        widgets: Mapping[str, forms.Widget] = {
            "price": forms.TextInput(attrs={"inputmode": "decimal"}),
            "monthly_limit": forms.TextInput(attrs={"inputmode": "decimal"}),
        }

    def say(self) -> str:
        """Return the price, and the limits that there are."""
        kept = self.before
        code, price, month, day = (
            kept[name] for name in ("currency", "price", "monthly_limit", "daily_limit")
        )
        said = ["No price" if price is None else f"{code} {price.normalize():f} a part"]
        said += [] if month is None else [f"{code} {month.normalize():f} a month at most"]
        said += ["no limit a day" if day is None else f"{day} messages a day at most"]
        return ", ".join(said)

    def clean_currency(self) -> str:
        """Return a currency's code."""
        code: str = self.cleaned_data["currency"].strip().upper()
        if code and not re.fullmatch(r"[A-Z]{3}", code):
            raise ValidationError("A currency is a code of three letters, as in NZD.")
        return code

    def clean(self) -> dict[str, Any]:
        """Refuse less than nothing."""
        values = super().clean() or self.cleaned_data
        for name in ("price", "monthly_limit"):
            if (values.get(name) or 0) < 0:
                self.add_error(name, "This cannot be less than nothing.")
        return values


class PaceForm(SenderForm):
    """How often one person is written to, and when."""

    title = "How often, and when"
    more = "The rules of a customer’s country hold in any case; here you can allow yourself less."

    class Meta(SenderForm.Meta):
        fields = ("a_day", "a_week", "a_month", "opens", "closes", "both_channels")
        labels: Mapping[str, str] = {
            "a_day": "Most to one person in a day",
            "a_week": "Most to one person in seven days",
            "a_month": "Most to one person in 31 days",
            "opens": "Texts from",
            "closes": "Texts until",
            "both_channels": "A person may get a text and an e-mail on the same day",
        }
        help_texts: Mapping[str, str] = {"opens": "As clocks show it where the customer is."}
        widgets: Mapping[str, forms.Widget] = {
            "opens": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "closes": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def say(self) -> str:
        """Return the hours and the caps that are narrower than the rules of countries."""
        kept = self.before
        said = [f"{kept['opens']:%H:%M} to {kept['closes']:%H:%M}"] if kept["opens"] else []
        for name, span in (("a_day", "a day"), ("a_week", "a week"), ("a_month", "a month")):
            said += [f"{kept[name]} {span}"] if kept[name] is not None else []
        return ", ".join(said) or "As the rules of each country allow"

    def clean(self) -> dict[str, Any]:
        """Ask for both ends of the hours."""
        values = super().clean() or self.cleaned_data
        if (values.get("opens") is None) != (values.get("closes") is None):
            self.add_error("closes", "Say both from when and until when, or neither.")
        return values


class AnswersForm(SenderForm):
    """What is answered by itself, and how long words are kept."""

    title = "Answers and keeping"

    class Meta(SenderForm.Meta):
        fields = ("answers", "help_words", "texts_kept_months")
        labels: Mapping[str, str] = {
            "answers": "Answer STOP, START and HELP by text, once each",
            "help_words": "What HELP is answered with",
            "texts_kept_months": "Keep the words of messages for so many months",
        }
        help_texts: Mapping[str, str] = {
            "answers": "Where the provider answers STOP by itself, as Twilio does, leave one of both.",
            "help_words": "Empty: who writes, how to call, and how to stop.",
            "texts_kept_months": "Empty: for good. That a message was sent, about what and why stays,"
            " and so does who wants none.",
        }

    def say(self) -> str:
        """Return who is answered, and how long words are kept."""
        kept = self.before
        answered = "STOP, START and HELP are answered" if kept["answers"] else "Nobody is answered by itself"
        months = kept["texts_kept_months"]
        return f"{answered}; words are kept {f'for {months} months' if months else 'for good'}"


PARTS: Mapping[str, type[SenderForm]] = {
    "texts": TextsForm,
    "email": MailForm,
    "name": NameForm,
    "limits": LimitsForm,
    "pace": PaceForm,
    "answers": AnswersForm,
}
