"""What every answer of the interface for programs has in common: a refusal is JSON with a sentence."""

import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from ninja import Schema


class Problem(Schema):
    """Why nothing was done. `lines` say what is wrong in a file and where, `lacks` what holds an offer back."""

    sentence: str
    lines: list[str] = []
    lacks: list[str] = []


def refuse(status: int, sentence: str, *, lines: Sequence[str] = (), lacks: Sequence[str] = ()) -> HttpResponse:
    """An answer of the shape of Problem."""
    said = {"sentence": sentence, "lines": [*lines], "lacks": [*lacks]}
    answer = HttpResponse(json.dumps(said, ensure_ascii=False), status=status, content_type="application/json")
    answer["Cache-Control"] = "no-store"
    if status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def answers(good: dict[int, Any], *refusals: int) -> dict[int, Any]:
    """An operation's documented answers: what it gives, and each way in which it may refuse."""
    return {**good, **dict.fromkeys((400, 401, 429, *refusals), Problem)}
