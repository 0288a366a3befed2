"""Values that a spreadsheet would run as a formula: an export puts a guard in front, an import takes it off.

A value that begins with = + - @, a tab or a line end gets an apostrophe, which spreadsheets read as "this is text".
A value that begins with apostrophes and then one of those gets one more, so that taking one off always restores it.
"""

import re

_RUNS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def guarded(value: str) -> str:
    """Put the guard before a value that needs one."""
    return f"'{value}" if value and _RUNS.match(value) else value


def without_guard(value: str) -> str:
    """Take the guard off a value that has one."""
    return value[1:] if value[:1] == "'" and _RUNS.match(value) else value
