"""Who people are to the organisation, and what they may choose about notices."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    LEAD = "lead", _("Team lead")
    MEMBER = "member", _("Member")
    ADMIN = "admin", _("Admin")
    FINANCE = "finance", _("Finance")
    CONTRACTOR = "contractor", _("Contractor")


STAFF_ROLES = (Role.LEAD, Role.MEMBER, Role.ADMIN, Role.FINANCE)


class Theme(models.TextChoices):
    AUTO = "auto", _("Like my system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Pronoun(models.TextChoices):
    """How screens say whose turn it is: “Hers”, “His”, “Theirs”."""

    HERS = "hers", _("she / hers")
    HIS = "his", _("he / his")
    THEIRS = "theirs", _("they / theirs")


class TokenScope(models.TextChoices):
    READ = "read", _("read what I see")
    WRITE = "write", _("read, and do what I may do")


class NoticeKind(models.TextChoices):
    """Kinds of mail that a person can turn down. Invitations, offers and sign-in codes are not among them."""

    REMINDER = "reminder", _("Reminders before something is due")
    REVIEW = "review", _("Work to review, and answers to it")
    MESSAGE = "message", _("Messages")
    QUIET = "quiet", _("Somebody went quiet")
    MONEY = "money", _("Money: funded, accepted, paid")


class NoticeChoice(models.TextChoices):
    NOW = "now", _("At once")
    DIGEST = "digest", _("In one mail each working morning")
    OFF = "off", _("Not by mail")
