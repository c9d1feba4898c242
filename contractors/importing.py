"""Reading platform exports: which column is what, and what each row says. Pure functions, no database.

Exports call things by many names and write numbers for people: "$15 USD per hour", "99%", "3,107", "$60k+",
"['PHP', 'jQuery']", "Joined on May 28, 2016". A statistic becomes a claim; a share that rests on no count, or on
none, keeps its words but no value (product.md, Claim).
"""

import ast
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation

from babel import Locale
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from contractors.states import ClaimKind
from core.money import MoneyError, currencies, exponent
from core.text import clean_text

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 200
LONGEST_CELL = 20_000

# What a column may be mapped to: plain facts first, then claims.
IGNORE, NAME, EMAIL, PROFILE, HEADLINE, COUNTRY, SKILLS, PRICE = (
    "", "name", "email", "profile_id", "headline", "country", "skills", "price",
)  # fmt: skip
CLAIMS = {k for k in ClaimKind.values if k not in (ClaimKind.RATE, ClaimKind.OTHER)}
SHARES = {
    ClaimKind.SUCCESS_RATE, ClaimKind.ON_TIME, ClaimKind.ON_BUDGET, ClaimKind.ACCEPT_RATE, ClaimKind.REHIRE_RATE,
    ClaimKind.RECOMMENDS,
}  # fmt: skip
# Shares that are shares of the reviews; the others come with no count of their own.
OF_REVIEWS = {ClaimKind.SUCCESS_RATE, ClaimKind.ON_TIME, ClaimKind.ON_BUDGET, ClaimKind.RECOMMENDS, ClaimKind.RATING}
COUNTS = {ClaimKind.REVIEWS, ClaimKind.JOBS, ClaimKind.HOURS}

GUESSES: dict[str, set[str]] = {
    NAME: {"name", "fullname", "contractor", "freelancer", "candidate", "applicant"},
    EMAIL: {"email", "emailaddress", "mail"},
    PROFILE: {"profileid", "profile", "profileurl", "id", "uid", "userid", "username", "freelancerid"},
    HEADLINE: {"headline", "title", "tagline", "jobtitle"},
    COUNTRY: {"country", "location", "nation"},
    SKILLS: {"skills", "skill", "tags"},
    PRICE: {"hourlypaid", "rate", "hourlyrate", "price", "askedprice"},
    ClaimKind.REVIEWS: {"reviews", "reviewcount", "numberofreviews"},
    ClaimKind.RATING: {"rating", "stars", "score"},
    ClaimKind.ON_TIME: {"ontime"},
    ClaimKind.ON_BUDGET: {"onbudget"},
    ClaimKind.ACCEPT_RATE: {"acceptrate", "acceptancerate"},
    ClaimKind.REHIRE_RATE: {"repeathire", "repeathirerate", "rehirerate"},
    ClaimKind.SUCCESS_RATE: {"jobsuccess", "successrate", "jss"},
    ClaimKind.RECOMMENDS: {"recommendations", "recommended"},
    ClaimKind.JOBS: {"jobs", "jobscompleted", "projects"},
    ClaimKind.HOURS: {"hours", "hoursworked"},
    ClaimKind.EARNED: {"earned", "earnings", "totalearned"},
    ClaimKind.JOINED: {"joined", "membersince"},
    ClaimKind.RANK: {"rank", "badge", "level"},
}
PROFILE_LIKE = re.compile(r"[A-Za-z]+[-_][0-9a-f]{6,}")
SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "₹": "INR", "¥": "JPY"}
COUNTRY_CODES = {name.casefold(): code for code, name in Locale("en").territories.items() if len(code) == 2}


class UnreadableFile(ValueError):
    """The file as a whole can't be taken; the text says why."""


@dataclass(frozen=True)
class Table:
    """A file as read: column names (made unique) and rows of exactly as many cells, or the cells of a broken row."""

    columns: list[str]
    rows: list[list[str]]


@dataclass
class Statement:
    kind: str
    raw: str
    value_milli: int | None = None
    n: int | None = None
    currency: str = ""


@dataclass
class Parsed:
    """One good row. `identity` is ("profile", id), ("email", address) or None when it names nobody."""

    number: int
    name: str = ""
    email: str = ""
    profile_id: str = ""
    headline: str = ""
    country: str = ""
    skills: list[str] = field(default_factory=list)
    price_minor: int | None = None
    price_currency: str = ""
    statements: list[Statement] = field(default_factory=list)

    @property
    def identity(self) -> tuple[str, str] | None:
        if self.profile_id:
            return ("profile", self.profile_id)
        return ("email", self.email) if self.email else None

    @property
    def shown(self) -> str:
        return self.name or self.profile_id or self.headline or self.email


@dataclass(frozen=True)
class Verdict:
    """What will happen to one row: new, merged (with a row before or a known person), repeat, or bad with a reason."""

    number: int
    verdict: str
    text: str
    cells: list[str]
    row: Parsed | None = None


def read_table(content: bytes) -> Table:
    """The CSV in UTF-8 (with or without a mark), UTF-16 or Latin-1, separated by comma, semicolon or tab. Raises
    UnreadableFile."""
    if len(content) > MOST_BYTES:
        raise UnreadableFile(_("The file is larger than 10 MB. Split it and import the parts."))
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252", "latin-1"]
    text = ""
    for encoding in encodings:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    text = clean_text(text.replace("\r\n", "\n").replace("\r", "\n"))
    if not text.strip():
        raise UnreadableFile(_("The file is empty."))
    first = text.lstrip("\n").split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=mark)
    try:
        lines = [line for line in reader if any(cell.strip() for cell in line)]
    except csv.Error as error:  # a cell beyond the module's own 131,072 characters: most often a quote left open
        facts = {"why": error, "n": reader.line_num}
        raise UnreadableFile(
            _("This is no readable CSV file: %(why)s, up to line %(n)d. Is a quote left open?") % facts
        ) from error
    if len(lines) < 2:
        raise UnreadableFile(_("The file needs a line of column names and at least one row."))
    if len(lines) - 1 > MOST_ROWS or len(lines[0]) > MOST_COLUMNS:
        raise UnreadableFile(_("At most 100,000 rows and 200 columns can be taken at once."))
    columns: list[str] = []
    for place, cell in enumerate(lines[0], start=1):
        wanted = cell.strip()[:80] or f"(column {place})"
        columns.append(wanted if wanted not in columns else f"{wanted} ({place})")
    return Table(columns, lines[1:])


def guess(table: Table) -> dict[str, str]:
    """Column name → field ('' = left out). Each field is used once."""
    mapping: dict[str, str] = {}
    for place, column in enumerate(table.columns):
        plain = re.sub(r"[^a-z]", "", column.casefold())
        target = next((f for f, names in GUESSES.items() if plain in names and f not in mapping.values()), IGNORE)
        if target == NAME:
            sample = [row[place].strip() for row in table.rows[:50] if place < len(row) and row[place].strip()]
            if sample and all(PROFILE_LIKE.fullmatch(value) for value in sample):
                target = PROFILE  # a platform that hides names behind ids
        mapping[column] = target
    return mapping


def field_choices() -> list[tuple[str, str]]:
    """What the person may choose for a column."""
    facts = [
        (IGNORE, _("leave out")),
        (NAME, _("Name")),
        (EMAIL, _("E-mail")),
        (PROFILE, _("Profile id")),
        (HEADLINE, _("Headline")),
        (COUNTRY, _("Country")),
        (SKILLS, _("Skills")),
        (PRICE, _("Asked price per hour")),
    ]
    return facts + [(k, str(label)) for k, label in ClaimKind.choices if k in CLAIMS]


def number_in(text: str) -> Decimal:
    """`3,107` → 3107, `$60k+` → 60000, `4.9` → 4.9. Raises ValueError."""
    bare = re.sub(r"[\s$€£₹¥+%]|USD|EUR|GBP", "", text.strip())
    factor = {"k": 1000, "m": 1_000_000}.get(bare[-1:].lower(), 1)
    bare = bare[:-1] if factor > 1 else bare
    if not re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?|\d{1,15}(\.\d{1,6})?", bare, re.ASCII):
        raise ValueError(text)
    try:
        return Decimal(bare.replace(",", "")) * factor
    except InvalidOperation as error:
        raise ValueError(text) from error


def price_in(text: str, otherwise: str) -> tuple[int, str]:
    """`$15 USD per hour` → (1500, "USD"): minor units and currency; a bare number is in `otherwise`."""
    code = next((w for w in re.findall(r"\b[A-Z]{3}\b", text) if w in currencies()), "")
    code = code or next((c for mark, c in SYMBOLS.items() if mark in text), otherwise)
    bare = re.sub(r"(?i)per hour|/\s?hr?|an hour|hourly|\b[A-Z]{3}\b", "", text)
    minor = number_in(bare).scaleb(exponent(code))
    if minor != minor.to_integral_value() or minor > 10**12:
        raise ValueError(text)
    return int(minor), code


def skills_in(text: str) -> list[str]:
    """A list literal, or words separated by comma, semicolon or bar; lower case, each once."""
    parts: list[str]
    if text.startswith("["):
        try:
            parts = [str(part) for part in ast.literal_eval(text)]
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            parts = re.findall(r"'([^']*)'", text)
    else:
        parts = re.split(r"[,;|]", text)
    return list(dict.fromkeys(p.strip().lower()[:80] for p in parts if p.strip()))[:60]


def parse_row(number: int, cells: dict[str, str], currency: str) -> Parsed:
    """`cells` is field → text. Raises ValueError with the reason when the row can't be taken."""
    row = Parsed(number)
    row.name = cells.get(NAME, "").strip()[:160]
    row.email = cells.get(EMAIL, "").strip().lower()
    if row.email:
        try:
            validate_email(row.email)
        except ValidationError:
            raise ValueError(_("“%(text)s” is no e-mail address.") % {"text": row.email[:60]}) from None
    row.profile_id = cells.get(PROFILE, "").strip()[:200]
    row.headline = cells.get(HEADLINE, "").strip()[:300]
    row.country = COUNTRY_CODES.get(cells.get(COUNTRY, "").strip().casefold(), "")
    row.skills = skills_in(cells.get(SKILLS, "").strip()[:LONGEST_CELL])
    if price := cells.get(PRICE, "").strip():
        try:
            row.price_minor, row.price_currency = price_in(price, currency)
        except (ValueError, MoneyError):
            raise ValueError(_("“%(text)s” is no price.") % {"text": price[:60]}) from None
        row.statements.append(
            Statement(ClaimKind.RATE, price[:200], row.price_minor * 10 ** (3 - exponent(row.price_currency)),
                      currency=row.price_currency)
        )  # fmt: skip
    reviews: int | None = None
    for kind in CLAIMS:
        raw = cells.get(kind, "").strip()[:200]
        if raw:
            statement = read_statement(kind, raw)
            row.statements.append(statement)
            if kind == ClaimKind.REVIEWS and statement.value_milli is not None:
                reviews = statement.value_milli // 1000
    for statement in row.statements:
        if statement.kind in OF_REVIEWS:
            statement.n = reviews
        if statement.kind in SHARES | {ClaimKind.RATING} and not statement.n:
            statement.value_milli = None  # a share of nothing, or of nobody knows how many, is no fact
    if not (row.shown or row.skills or row.statements):
        raise ValueError(_("Nothing in this row says who or what it is."))
    return row


def read_statement(kind: str, raw: str) -> Statement:
    if kind in COUNTS | SHARES | {ClaimKind.RATING, ClaimKind.EARNED}:
        try:
            value = number_in(raw)
        except ValueError:
            raise ValueError(
                _("“%(text)s” is no number for %(kind)s.") % {"text": raw[:60], "kind": ClaimKind(kind).label}
            ) from None
        if kind in SHARES and value > 100:
            raise ValueError(_("“%(text)s” is more than all of them.") % {"text": raw[:60]})
        currency = next((c for mark, c in SYMBOLS.items() if mark in raw), "") if kind == ClaimKind.EARNED else ""
        return Statement(kind, raw, int(value * 1000), currency=currency)
    if kind == ClaimKind.JOINED:
        return Statement(kind, _iso_day(raw))
    return Statement(kind, raw)


def _iso_day(raw: str) -> str:
    """`Joined on May 28, 2016` → `2016-05-28`; other words stay as they are."""
    text = re.sub(r"(?i)^joined( on)?\s*", "", raw)
    for pattern in ("%B %d, %Y", "%b %d, %Y", "%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, pattern).date().isoformat()  # noqa: DTZ007 (a date, no clock)
        except ValueError:
            continue
    return raw


def verdicts(
    table: Table, mapping: dict[str, str], currency: str, known: dict[tuple[str, str], str]
) -> Iterator[Verdict]:
    """A verdict for each row, in order. `known` maps identities that are already stored to the person's name."""
    places = [(place, target) for place, column in enumerate(table.columns) if (target := mapping.get(column, ""))]
    seen_rows: dict[tuple[str, ...], int] = {}
    seen_people: dict[tuple[str, str], int] = {}
    for number, cells in enumerate(table.rows, start=1):
        if len(cells) != len(table.columns):
            text = _("%(n)d cells instead of %(of)d.") % {"n": len(cells), "of": len(table.columns)}
            yield Verdict(number, "bad", text, cells)
            continue
        exact = tuple(cells)
        if exact in seen_rows:
            text = _("Exactly the same as row %(n)d: left out.") % {"n": seen_rows[exact]}
            yield Verdict(number, "repeat", text, cells)
            continue
        seen_rows[exact] = number
        try:
            row = parse_row(number, {target: cells[place] for place, target in places}, currency)
        except ValueError as error:
            yield Verdict(number, "bad", str(error), cells)
            continue
        who = row.identity
        if who and who in seen_people:
            text = _("Same person as row %(n)d: joined.") % {"n": seen_people[who]}
            yield Verdict(number, "merged", text, cells, row)
        elif who and who in known:
            seen_people[who] = number
            yield Verdict(
                number, "merged", _("Known already as %(name)s: added to.") % {"name": known[who]}, cells, row
            )
        else:
            if who:
                seen_people[who] = number
            yield Verdict(number, "new", _("New person."), cells, row)
