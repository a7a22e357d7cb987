"""Time zones by name, for the settings and the rules file: does one exist, and which was meant."""

from __future__ import annotations

import difflib
from zoneinfo import ZoneInfo, available_timezones


def zone(name: str) -> ZoneInfo | None:
    """Give the time zone of this IANA name; ``None`` when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; a path; a folder of zones such as “America”
        return None


def nearest_zones(name: str) -> list[str]:
    """Give up to three names that look like ``name``, the nearest first."""
    names = {known.lower(): known for known in available_timezones()}
    return [names[near] for near in difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.6)]
