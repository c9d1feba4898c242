"""How a passkey is added: as one that opens the door by itself, unless somebody says otherwise."""

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.utils.translation import gettext_lazy as _


class AddPasskeyForm(AddWebAuthnForm):
    """A key that only stands beside the password is refused at “Use a passkey”, so it is not what “Add” makes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
        alone = self.fields["passwordless"]
        alone.initial = True
        alone.label = _("Sign in with it alone, by finger, face or PIN")
        alone.help_text = ""  # the page says when to untick it
