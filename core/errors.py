"""The two ways in which the domain says no."""

from django.core.exceptions import PermissionDenied


class DomainError(Exception):
    """A refused rule. Its sentence is shown to the person, so it says what to do; the edge answers 409."""

    def __init__(self, sentence: str) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


class NotAllowed(PermissionDenied):
    """The record may be seen, but this act is not this person's: 403."""
