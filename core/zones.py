"""Time zones and countries to choose from."""

import zoneinfo
from functools import cache

from babel import Locale

# The canonical Area/Place names and UTC; the file system's other entries are aliases or not zones.
AREAS = (
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
)
ZONES: frozenset[str] = frozenset(z for z in zoneinfo.available_timezones() if z.startswith(AREAS)) | {"UTC"}


@cache
def zone_choices() -> list[tuple[str, str]]:
    return [("UTC", "UTC"), *((z, z.replace("_", " ")) for z in sorted(ZONES - {"UTC"}))]


@cache
def country_choices() -> list[tuple[str, str]]:
    """ISO 3166 two-letter code and English name, by name."""
    territories = Locale("en").territories
    pairs = [
        (c, n)
        for c, n in territories.items()
        if len(c) == 2 and c.isalpha() and c not in {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
    ]
    return sorted(pairs, key=lambda pair: pair[1])


def country_name(code: str) -> str:
    """The English name of a two-letter code; one that is not known stays as it is."""
    return str(Locale("en").territories.get(code, code))


def city(zone: str) -> str:
    """`America/Argentina/Buenos_Aires` → `Buenos Aires`."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")
