"""How long the PDF of a long contract takes: `python -m benchmarks.papers [milestones]` makes one by the use cases on a
throw-away SQLite (offered, estimated, signed by both), typesets its paper, and the same words as bare paragraphs by the
same typst, untagged, in the same run. The goal is two seconds for sixty pages; ends with 1 when it is slower or the
contract is shorter.
"""

import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

GOAL, PAGES = 2.0, 60
CLAUSE = (
    "Whoever finds that a part of this contract can no longer be kept says so on the same day, with what is known of "
    "the reason, and both sides look for a way that serves its purpose. Until one is found, that part rests and all "
    "others stand. What was delivered by then is judged by the goals above, and by nothing else."
)
BARE = (
    '#set page(paper: "a4", margin: 2.4cm)\n#for line in json(bytes(sys.inputs.document)) { par(line); parbreak() }\n'
)


def contract(milestones: int) -> Any:
    """An agreement that both sides signed, of so many milestones with two goals each, and as many clauses."""
    from django.db.models import F
    from django.utils import timezone

    from accounts.states import Role
    from core.money import Money
    from engagements.models import TemplateVersion
    from engagements.queries.consent import policy_digest, policy_text
    from milestones.services import drafting, estimates, offers, signing
    from tests import factories as make

    lead, contractor = make.make_user(Role.LEAD, name="Tess Okafor"), make.make_contractor(True)
    share, rest = divmod(10_000, milestones)
    version = make.make_version(
        lead,
        published=False,
        shares=[share + (place < rest) for place in range(milestones)],
        clauses="\n\n".join(f"## {n}. What can no longer be kept\n\n{CLAUSE}" for n in range(1, 2 * milestones)),
        brief=f"{CLAUSE}\n\n" * 6,
    )
    version.milestones.update(deliverable=f"{CLAUSE}\n\n{CLAUSE}")
    for goal in list(version.goals.all()):
        goal.pk, goal.metric, goal.position = None, f"Errors in step {goal.position}", goal.position + milestones
        goal.save(force_insert=True)
    TemplateVersion.objects.filter(pk=version.pk).update(
        status="published", published_at=make.NOW, published_by=lead, number=F("number")
    )
    version.refresh_from_db()
    now, user = timezone.now(), contractor.user
    engagement = drafting.draft_engagement(
        version,
        contractor=contractor,
        application=None,
        title="A long contract",
        lead=lead,
        comms_owner=lead,
        cover=None,
        starts_on=timezone.localdate(),
        price=Money(10_000_000, "EUR"),
        budget=make.make_budget(lead, currency="EUR"),
        by=lead,
        at=now,
    )
    engagement = offers.send_offer(engagement, by=lead, at=now)
    agreement = estimates.estimate_and_sign(
        engagement,
        estimates={m.pk: (480, m.due_on) for m in engagement.milestones.standing()},
        typed_name=user.name,
        ip="192.0.2.7",
        policy_sha256=policy_digest(policy_text(engagement)),
        by=user,
        at=now,
    )
    signing.agree_and_sign(engagement, sha256=agreement.sha256, typed_name=lead.name, ip="192.0.2.8", by=lead, at=now)
    agreement.refresh_from_db()
    return agreement


def words(value: Any) -> list[str]:
    """Every text of a document's blocks."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for name, part in value.items() if name not in ("k", "href") for text in words(part)]
    return [text for part in value for text in words(part)] if isinstance(value, list | tuple) else []


def timed(act: Callable[[], Any]) -> tuple[bytes, float]:
    """What it makes, and how long the first time takes: typst remembers what it has set."""
    started = time.monotonic()
    made = act()
    return made, time.monotonic() - started


def measure(milestones: int) -> int:
    import json

    import django

    django.setup()
    import pypdf
    import typst
    from django.core.management import call_command

    from core.pdf import typeset
    from milestones.queries.paper import paper_of

    call_command("migrate", verbosity=0)
    agreement = contract(milestones)
    started = time.monotonic()
    document = paper_of(agreement)
    read = time.monotonic() - started
    typeset({**document, "blocks": document["blocks"][:1]})  # fonts are read once a worker
    pdf, ours = timed(lambda: typeset(document))
    with tempfile.TemporaryDirectory(prefix="duckrow-bare-") as folder:
        bare = Path(folder) / "bare.typ"
        bare.write_text(BARE)
        text = json.dumps(words(document["blocks"]), ensure_ascii=False)
        plain, control = timed(
            lambda: typst.Compiler(str(bare), root=folder).compile(format="pdf", sys_inputs={"document": text})
        )
    pages, bare_pages = (len(pypdf.PdfReader(io.BytesIO(each)).pages) for each in (pdf, plain))
    print(
        f"{milestones} milestones, {pages} pages of PDF/UA-1, {len(pdf) / 1000:.0f} kB: typeset in {ours:.2f} s, "
        f"{ours / pages * 1000:.0f} ms a page, {ours / control:.1f} × the same words as {bare_pages} bare pages in "
        f"{control:.2f} s; read from the database in {read:.2f} s; goal {GOAL:.0f} s for {PAGES} pages"
    )
    return int(ours > GOAL or pages < PAGES)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="duckrow-papers-") as folder:
        os.environ.update(
            DUCKROW_MODE="test",
            DUCKROW_VAR=folder,
            DJANGO_SETTINGS_MODULE="config.settings",
            DATABASE_URL=f"sqlite:///{Path(folder) / 'papers.sqlite3'}",
        )
        return measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100)


if __name__ == "__main__":
    raise SystemExit(main())
