"""Sending a file back. Views of other rooms say who may have it; this is how it is sent."""

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header

from core import files
from core.models import StoredFile

# Should a browser show it after all, then without scripts, forms or anything from elsewhere.
POLICY = "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def send(file: StoredFile) -> HttpResponseBase:
    """As a download, never in place; by the web server where X_ACCEL_PREFIX names its internal address."""
    response: HttpResponseBase
    if settings.X_ACCEL_PREFIX:
        response = HttpResponse(b"")
        response["X-Accel-Redirect"] = f"{settings.X_ACCEL_PREFIX}{file.storage_name[:2]}/{file.storage_name}"
    else:
        try:
            response = FileResponse(files.path_of(file.storage_name).open("rb"))
        except FileNotFoundError as error:
            raise Http404 from error
        response["Content-Length"] = str(file.size)
    response["Content-Type"] = file.content_type
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
