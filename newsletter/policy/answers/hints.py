"""Finds in a server's words when it will take more mail from us; in seconds."""

import re

SHORTEST, LONGEST = 1.0, 86400.0

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_UNIT = r"(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?)\b"
_IN = re.compile(
    r"\b(?:again|retry|try|wait|resume\w*|back|available|reset\w*|after|within|in|for)\b.{0,20}?"
    rf"(\d{{1,5}}) ?{_UNIT}",
    re.IGNORECASE,
)
_WINDOWS = (
    (re.compile(r"\bper[- ]h|\bhourly\b|\b(?:an|each|every|last|this) hour|/ ?h", re.IGNORECASE), 3600.0),
    (re.compile(r"\bper[- ]m(?:in|\b)|/ ?min|\b(?:a|each|every|last|this|one) minute", re.IGNORECASE), 60.0),
)


def comes_back_after(text: str) -> float:
    """Find in words such as "try again in 15 minutes" how long to wait; 0 if they do not say."""
    found = _IN.search(text[:500])
    if not found:
        return 0.0
    return min(max(float(found[1]) * _UNITS[found[2][0].lower()], SHORTEST), LONGEST)


def window_of(text: str) -> float:
    """Find the time span over which the server counts: an hour, a minute, else a second."""
    return next((seconds for pattern, seconds in _WINDOWS if pattern.search(text[:500])), 1.0)
