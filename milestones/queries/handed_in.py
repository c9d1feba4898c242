"""What was handed in for a milestone and what was answered, with everything that hangs on it: arms of the statement of
its page (milestones.queries.page_rows)."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import CharField, F, IntegerField, QuerySet
from django.db.models.functions import Cast, Coalesce

from accounts.models import User
from core.models import StoredFile
from core.rows import record, tie
from engagements.models import Goal
from milestones.models import (
    Attachment,
    DeliveredPart,
    Evidence,
    GoalVerdict,
    Milestone,
    PartVerdict,
    Review,
    Submission,
)
from milestones.queries.times import NO_TEXT, NO_WORD, row

KINDS = ("submission", "review", "evidence", "verdict", "part", "judged", "file")


class _Row(NamedTuple):
    """Of the union. `owner` is the submission, `place` the order among those of its kind, `flag` a small number."""

    kind: str
    pk: int
    owner: int
    place: int
    other: int
    flag: int | None
    word: str
    more: str
    name: str
    zone: str
    pronoun: str
    text: str
    at: Any


def _row(kind: str, rows: QuerySet, owner: str, place: str, **facts: Any) -> QuerySet:
    """As a row of the page's union, which has fewer numbers and more words than this."""
    other = {"high": facts["other"]} if "other" in facts else {}
    flag = Coalesce(Cast(facts["flag"], CharField()), NO_WORD) if "flag" in facts else NO_WORD
    # What has a flag has neither a zone nor a pronoun, and a part has no number besides.
    told = (facts.get("more", NO_WORD), facts.get("name", NO_WORD), facts.get("zone", NO_WORD),
            facts.get("pronoun", flag), facts.get("text", NO_TEXT))  # fmt: skip
    at = {"at": facts["at"]} if "at" in facts else {}
    return row(rows, kind, "pk", told, number=owner, low=place, word=facts.get("word", NO_WORD), **other, **at)


def _read(found: tuple[Any, ...]) -> _Row:
    kind, pk, owner, place, other, _on, _last_on, word, at, _until, more, name, zone, pronoun, text = found
    flag = int(pronoun) if kind in ("verdict", "judged", "file") and pronoun else None
    return _Row(kind, pk, owner, place, other, flag, word, more, name, zone, pronoun, text, at)


def arms(milestones: Any) -> list[QuerySet]:
    here = {"submission__milestone__in": milestones}
    answered = {"review__submission__milestone__in": milestones}
    by = {"other": "by_id", "text": "note", "at": "at"}
    who = {name: f"by__{name}" for name in ("name", "zone", "pronoun")}
    said = Submission.objects.filter(milestone__in=milestones)
    met, taken = Cast("is_met", IntegerField()), Cast("is_accepted", IntegerField())
    of_goal = {"other": "goal_id", "word": "value", "more": "note"}
    return [
        _row("submission", said, "pk", "number", word="link", **by, **who),
        _row(
            "review", Review.objects.filter(**here), "submission_id", "pk", word="outcome",
            name=Coalesce(F("by__name"), NO_WORD), **by,
        ),
        _row("evidence", Evidence.objects.filter(**here), "submission_id", "goal__position", **of_goal),
        _row(
            "verdict", GoalVerdict.objects.filter(**answered), "review__submission_id", "goal__position", flag=met,
            name="goal__metric", **of_goal,
        ),
        _row(
            "part", DeliveredPart.objects.filter(**here), "submission_id", "position", word="kind", more="what",
            name="where",
        ),
        _row(
            "judged", PartVerdict.objects.filter(**answered), "review__submission_id", "position", flag=taken,
            word="kind", more="what", name="note",
        ),
        _row(
            "file", Attachment.objects.filter(**here), "submission_id", "pk", flag="part", other="goal_id",
            word=Cast("file_id", CharField()), more=Cast("file__size", CharField()), name="file__name",
        ),
    ]  # fmt: skip


def submissions_from(rows: Iterable[tuple[Any, ...]], milestone: Milestone) -> list[Submission]:
    """From rows of `arms`: the newest first, each with who handed it in, its review, evidence, parts and files."""
    found: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for each in sorted(map(_read, rows), key=lambda read: (read.place or 0, read.pk)):
        found[each.kind, each.owner].append(each)
    newest = sorted((read[0] for (kind, _owner), read in found.items() if kind == "submission"), key=_number)
    return [_submission(each, milestone, found) for each in reversed(newest)]


def _number(row: _Row) -> int:
    return row.place


def _submission(row: _Row, milestone: Milestone, found: dict[tuple[str, int], list[_Row]]) -> Submission:
    columns = ("id", "milestone_id", "number", "note", "link", "by_id", "at")
    made: Any = record(Submission, columns, (row.pk, milestone.pk, row.place, row.text, row.word, row.other, row.at))
    by = record(User, ("id", "name", "zone", "pronoun"), (row.other, row.name, row.zone, row.pronoun))
    review = next((_review(each, made, found) for each in found["review", row.pk]), None)
    tie(made, milestone=milestone, by=by, review=review)
    evidence = ("id", "submission_id", "goal_id", "value", "note")
    part = ("id", "submission_id", "position", "kind", "what", "where")
    # Where managers look before they ask the database.
    made._prefetched_objects_cache = {
        "evidence": [
            record(Evidence, evidence, (e.pk, row.pk, e.other, e.word, e.more)) for e in found["evidence", row.pk]
        ],
        "parts": [
            record(DeliveredPart, part, (p.pk, row.pk, p.place, p.word, p.more, p.name)) for p in found["part", row.pk]
        ],
        "attachments": [_attachment(each) for each in found["file", row.pk]],
    }
    return made  # type: ignore[no-any-return]


def _review(row: _Row, submission: Submission, found: dict[tuple[str, int], list[_Row]]) -> Review:
    columns = ("id", "submission_id", "outcome", "note", "by_id", "at")
    made: Any = record(Review, columns, (row.pk, submission.pk, row.word, row.text, row.other, row.at))
    tie(made, submission=submission, by=record(User, ("id", "name"), (row.other, row.name)) if row.other else None)
    part = ("id", "review_id", "position", "kind", "what", "is_accepted", "note")
    made._prefetched_objects_cache = {
        "verdicts": [_verdict(each, made) for each in found["verdict", submission.pk]],
        "parts": [
            record(PartVerdict, part, (p.pk, row.pk, p.place, p.word, p.more, bool(p.flag), p.name))
            for p in found["judged", submission.pk]
        ],
    }
    return made  # type: ignore[no-any-return]


def _verdict(row: _Row, review: Review) -> GoalVerdict:
    columns = ("id", "review_id", "goal_id", "is_met", "value", "note")
    made: GoalVerdict = record(GoalVerdict, columns, (row.pk, review.pk, row.other, bool(row.flag), row.word, row.more))
    tie(made, goal=record(Goal, ("id", "metric"), (row.other, row.name)))
    return made


def _attachment(row: _Row) -> Attachment:
    columns = ("id", "submission_id", "file_id", "goal_id", "part")
    file = int(row.word)
    made: Attachment = record(Attachment, columns, (row.pk, row.owner, file, row.other, row.flag))
    tie(made, file=record(StoredFile, ("id", "name", "size"), (file, row.name, int(row.more))))
    return made
