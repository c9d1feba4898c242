"""Keeping what people upload: bytes under a random name in private storage, then the row that names them.

Bytes are written before the row and outside any transaction. Whatever breaks in between leaves bytes without a row,
which `forget` takes away; a row never stands without its bytes.
"""

import hashlib
import os
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.filetypes import FileRefused, clean_name, judge
from core.models import StoredFile
from core.use_case import use_case

DRAFT_LASTS = timedelta(days=2)


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "files"


def path_of(storage_name: str) -> Path:
    return folder() / storage_name[:2] / storage_name


def check(upload: UploadedFile) -> str:
    """The MIME type of an upload by its content. Raises FileRefused for too much of it or a type that is not taken."""
    if (upload.size or 0) > settings.UPLOAD_MAX_BYTES:
        raise FileRefused(
            _("“%(name)s” is larger than %(most)s. Make it smaller, or give a link.")
            % {"name": clean_name(upload.name or ""), "most": filesizeformat(settings.UPLOAD_MAX_BYTES)}
        )
    return judge(cast(BinaryIO, upload.file), upload.name or "").mime


def keep(upload: UploadedFile, *, by: Any, at: datetime) -> StoredFile:
    """Store an upload as a draft of the person. Called outside transactions: only its row is written in one. Raises
    FileRefused as `check` does, and when the person's quota or the disk is full."""
    mime = check(upload)
    storage_name = secrets.token_hex(20)
    target = path_of(storage_name)
    seen = hashlib.sha256()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            for chunk in upload.chunks():
                seen.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return _register(storage_name, upload, mime=mime, sha256=seen.hexdigest(), by=by, at=at)
    except OSError as error:
        with suppress(OSError):
            target.unlink(missing_ok=True)
        raise FileRefused(_("There is no room for files just now. Give a link, or try again later.")) from error
    except DomainError:
        target.unlink(missing_ok=True)
        raise


@use_case
def _register(storage_name: str, upload: UploadedFile, *, mime: str, sha256: str, by: Any, at: datetime) -> StoredFile:
    get_user_model()._default_manager.select_for_update(no_key=True).get(pk=by.pk)  # two uploads at once count both
    size = upload.size or 0
    used = StoredFile.objects.filter(uploaded_by=by).aggregate(used=Sum("size"))["used"] or 0
    if used + size > settings.UPLOAD_QUOTA_BYTES:
        raise FileRefused(
            _("Your files would be more than %(most)s together. Give a link instead.")
            % {"most": filesizeformat(settings.UPLOAD_QUOTA_BYTES)}
        )
    return StoredFile.objects.create(
        storage_name=storage_name,
        name=clean_name(upload.name or ""),
        content_type=mime,
        size=size,
        sha256=sha256,
        uploaded_by=by,
        uploaded_at=at,
    )


def attach(file: StoredFile, *, at: datetime) -> None:
    """A draft becomes part of a record, in the caller's transaction."""
    StoredFile.objects.filter(pk=file.pk, attached_at=None).update(attached_at=at)


def forget(*, at: datetime) -> int:
    """Take away drafts that became part of nothing, and bytes that have no row. Returns how many files."""
    gone = 0
    for row in StoredFile.objects.drafts().filter(uploaded_at__lt=at - DRAFT_LASTS):
        row.delete()
        path_of(row.storage_name).unlink(missing_ok=True)
        gone += 1
    old = (at - DRAFT_LASTS).timestamp()
    for path in folder().glob("??/*"):
        if path.stat().st_mtime < old and not StoredFile.objects.filter(storage_name=path.name).exists():
            path.unlink(missing_ok=True)
            gone += 1
    return gone
