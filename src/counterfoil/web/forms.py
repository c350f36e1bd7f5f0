"""The forms that people fill in."""

from allauth.account.forms import SignupForm
from django import forms
from django.http import HttpRequest

from counterfoil.features.workspaces.models import User
from counterfoil.features.workspaces.operations import create_workspace


class SignUpForm(SignupForm):
    """Sign up by e-mail and password; the firm's name becomes the workspace."""

    firm = forms.CharField(max_length=200, label="Your firm")

    def save(self, request: HttpRequest) -> User:
        """Create the person and their firm."""
        user: User = super().save(request)
        create_workspace(name=self.cleaned_data["firm"], owner=user)
        return user
