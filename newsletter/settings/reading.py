"""Reads the declared settings from the environment and .env. The one door to dotenv."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import Field
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from newsletter.errors import SettingsError
from newsletter.settings.declaration import PREFIX, variable

Declared = Iterable["Field[Any]"]

FILE = "_FILE"
"""What follows the name of a variable that names a file with the value."""
MOST_OCTETS = 10_000


def read(declared: Declared, folder: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Read what is set, as seen from `folder`. Raises SettingsError, naming the variable and where it stands."""
    file = folder / ".env"
    try:
        written = dotenv_values(file, interpolate=False, encoding="utf-8") if file.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(setting=str(file), why=f"cannot be read: {error}") from None
    values: dict[str, Any] = {}
    for known in declared:
        if known.metadata["by_language"]:
            pairs = _by_language(known, written | {**environment})
            values |= {known.name: pairs} if pairs else {}
            continue
        text, source = _text(known, folder, (environment, ""), (written, f" in {file}"))
        if text:
            values[known.name] = _read(known, text, source)
    return values


def unknown(declared: Declared, folder: Path, environment: Mapping[str, str]) -> list[str]:
    """List variables that are named like settings of ours and are none."""
    file = folder / ".env"
    declared = list(declared)
    given = {*environment, *(dotenv_values(file, interpolate=False) if file.is_file() else {})}
    known = {variable(each.name) for each in declared} | {PREFIX + "FAILPOINT"}
    known |= {f"{variable(each.name)}{FILE}" for each in declared if is_in_file(each)}
    named = {name for name in given - known if name.startswith(PREFIX)}
    return sorted(name for name in named if not any(_language_in(each, name) for each in declared))


def _text(known: "Field[Any]", folder: Path, *places: tuple[Mapping[str, str | None], str]) -> tuple[str, str]:
    """Return the text of a setting and where it is set, in the first of `places` that sets it.

    A secret may be in a file of its own instead, whose name is in NAME_FILE, as containers and systemd hand them over.
    """
    name, in_file = variable(known.name), f"{variable(known.name)}{FILE}"
    for values, where in places:
        text = (values.get(name) or "").strip()
        path = (values.get(in_file) or "").strip() if is_in_file(known) else ""
        if text and path:
            raise SettingsError(
                setting=f"{name}{where}", why=f"is set twice: {in_file} is set, too. Remove one of them"
            )
        if path:
            return _content(folder / path, f"{in_file}{where}"), f"{in_file}{where}"
        if name in values:
            return text, f"{name}{where}"
    return "", ""


def _content(file: Path, source: str) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_OCTETS + 1)
        text = content.decode().strip()
    except OSError as error:
        raise SettingsError(setting=source, why=f"names a file that cannot be read: {error}") from None
    except UnicodeDecodeError:
        raise SettingsError(setting=source, why=f"names {file}, which is not text") from None
    if not text or len(content) > MOST_OCTETS:
        raise SettingsError(setting=source, why=f"names {file}, which is {'too long' if text else 'empty'}")
    return text


def is_in_file(known: "Field[Any]") -> bool:
    """Say whether a setting may be in a file of its own: it is a secret, or may hold one."""
    return not known.repr


def _by_language(known: "Field[Any]", given: Mapping[str, str | None]) -> tuple[tuple[str, Any], ...]:
    """Read variables such as NEWSLETTER_ORGANISATION_CY, as pairs of a language code and its value."""
    codes = {name: _language_in(known, name) for name in given}
    texts = {name: (given[name] or "").strip() for name in codes if codes[name]}
    return tuple(sorted((codes[name], _read(known, text, name)) for name, text in texts.items() if text))


def _language_in(known: "Field[Any]", name: str) -> str:
    """Return the language code at the end of `name`; empty if it is no name of this setting by language."""
    if not known.metadata["by_language"]:
        return ""
    match = re.fullmatch(rf"{variable(known.name).removesuffix('XX')}([A-Z]{{2,3}})", name)
    return match[1].lower() if match else ""


def _read(known: "Field[Any]", text: str, source: str) -> Any:
    try:
        return known.metadata["read"](text)
    except ValueError as error:
        shown = "" if known.metadata["secret"] else f" (it says {text!r})"
        raise SettingsError(setting=source, why=f"{error}{shown}") from None
