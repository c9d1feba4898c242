"""Where openings came from."""

from contractors.models import Opening
from engagements.models import OpeningOrigin


def origin_of(opening: Opening) -> int | None:
    """The template version (by primary key) that an opening was made from, if it was."""
    return OpeningOrigin.objects.filter(opening=opening).values_list("version", flat=True).first()
