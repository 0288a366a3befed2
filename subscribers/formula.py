"""Values that a spreadsheet would run: a guard in front on the way out, and off again on the way in.

A value that begins with = + - @, a tab or a line end gets an apostrophe, which spreadsheets read as "this is text". So
does one that begins with apostrophes and then one of those: taking one off always gives back what there was.
"""

import re

_RUNS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def guarded(value: str) -> str:
    """Put the guard before a value that needs one."""
    return f"'{value}" if value and _RUNS.match(value) else value


def without_guard(value: str) -> str:
    """Take the guard off a value that has one."""
    return value[1:] if value[:1] == "'" and _RUNS.match(value) else value
