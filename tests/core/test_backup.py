"""The restore drill: what comes back is what was there."""

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from accounts.models import User
from core import history
from core.models import Event
from core.transitions import move
from engagements.states import EngagementStatus
from tests.factories import NOW, make_engagement, make_organisation

pytestmark = pytest.mark.django_db(transaction=True)


def everything() -> dict[str, list[Any]]:
    return {
        model._meta.label: sorted(map(repr, model._default_manager.values_list()))
        for model in apps.get_models()
        if model._meta.app_label in {"accounts", "contractors", "core", "engagements", "milestones", "reminders"}
        and model._meta.label != "core.Heartbeat"
    }


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    folder = tmp_path / "media" / "a"
    folder.mkdir(parents=True)
    (folder / "évidence.txt").write_text("measured")
    return tmp_path / "media"


def test_everything_comes_back_after_a_loss(media: Path, tmp_path: Path) -> None:
    make_organisation()
    engagement = make_engagement()
    move(engagement, to=EngagementStatus.PAUSED, by=engagement.lead, at=NOW)
    before = everything()
    call_command("backup", tmp_path / "backups", verbosity=0)
    (file,) = (tmp_path / "backups").glob("*.tar")
    User.objects.update(name="Somebody else")
    (media / "a" / "évidence.txt").unlink()

    call_command("restore", file, force=True, verbosity=0)

    assert everything() == before
    assert (media / "a" / "évidence.txt").read_text() == "measured"
    assert history.verify(engagement) == ""
    assert Event.objects.of(engagement).count() == 1


def test_a_database_with_people_is_not_replaced_by_accident(media: Path, tmp_path: Path) -> None:
    make_engagement()
    call_command("backup", tmp_path / "backups", verbosity=0)
    (file,) = (tmp_path / "backups").glob("*.tar")

    with pytest.raises(CommandError, match="--force"):
        call_command("restore", file, verbosity=0)


def test_a_damaged_backup_is_refused_before_anything_is_touched(media: Path, tmp_path: Path) -> None:
    make_engagement()
    call_command("backup", tmp_path / "backups", verbosity=0)
    (file,) = (tmp_path / "backups").glob("*.tar")
    work = tmp_path / "work"
    with tarfile.open(file) as tar:
        tar.extractall(work)
    (work / "media" / "a" / "évidence.txt").write_text("changed")
    with tarfile.open(file, "w") as tar:
        tar.add(work, "")

    with pytest.raises(CommandError, match="damaged"):
        call_command("restore", file, force=True, verbosity=0)


@pytest.mark.parametrize("name", ["../outside", "/outside", "link"])
def test_nothing_is_unpacked_beside_the_folder(tmp_path: Path, name: str) -> None:
    file = tmp_path / "a.tar"
    with tarfile.open(file, "w") as tar:
        member = tarfile.TarInfo(name)
        if name == "link":
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member, io.BytesIO())

    with pytest.raises(CommandError, match="does not belong"):
        call_command("restore", file, force=True, verbosity=0)
    assert not (tmp_path / "outside").exists()


def test_anything_else_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_text("hello")

    with pytest.raises(CommandError, match="no backup"):
        call_command("restore", tmp_path / "x.tar", force=True, verbosity=0)
