"""The settings as a commented .env: the example that ships, and the file that `init` writes and completes.

What is already set in a file stays as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import fields

from newsletter.settings import Settings, variable

_HEADING = """\
# Settings of the newsletter. A command reads them where it is started, or in the nearest folder above that has some.
# The environment wins over this file.
# Keep it to yourself: it holds the key that signs unsubscribe links, and the password of your relay.
# A secret may be in a file of its own instead: NEWSLETTER_SECRET_KEY_FILE=/run/secrets/key, and so on.
"""


def render(values: Mapping[str, str] | None = None) -> str:
    """Return every setting with its comment: set if it is in `values`, otherwise commented out with its example."""
    given = values or {}
    return _HEADING + "".join(_lines(known.name, known.metadata, given.get(known.name)) for known in fields(Settings))


def completed(text: str, values: Mapping[str, str]) -> str:
    """Add `values` to `text`, the content of a .env: each where it is empty or commented out, otherwise at the end."""
    for name, value in values.items():
        line = f"{variable(name)}={_quoted(value)}"
        open_place = re.compile(
            rf"^(?:#[ \t]*{variable(name)}[ \t]*=.*|[ \t]*{variable(name)}[ \t]*=[ \t]*)$", re.MULTILINE
        )
        if place := open_place.search(text):
            text = text[: place.start()] + line + text[place.end() :]
        else:
            text = f"{text.rstrip()}\n\n{line}\n".lstrip()
    return text


def _lines(name: str, about: Mapping[str, str], value: str | None) -> str:
    line = f"{variable(name)}={_quoted(value)}" if value else f"# {variable(name)}={_quoted(about['example'])}"
    return f"\n# {about['help']}\n{line}\n"


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w./:@+-]*", value, re.ASCII):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
