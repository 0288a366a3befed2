"""Templates and tokens. In: folders of templates, the organiser's own first. Out: a Theme and rendered templates.

Designers write templates; posts and people's data are values put into them, never templates themselves. A name that
does not exist is an error, not an empty space.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from newsletter.errors import CompileError
from newsletter.languages import ENGLISH, Language, speak
from newsletter.theme.colour import dark_twins

ThemeTable = dict[str, Any]
THEME = "theme.toml"


DEFAULT = "bulletin"
_NOT_THEMES = ("light", "dark", "font", "logo")


@dataclass(frozen=True, slots=True)
class Theme:
    """The tokens of theme.toml: colours, their dark twins, type, logo, and the measures of one theme."""

    light: Mapping[str, str]
    dark: Mapping[str, str]
    font: Mapping[str, str]
    logo: Mapping[str, Any]
    look: Mapping[str, Any]

    @property
    def tokens(self) -> dict[str, Any]:
        """The tokens under the names that templates use."""
        return {"light": self.light, "dark": self.dark, "font": self.font, "logo": self.logo, "look": self.look}


def template_folders(own: Path | None) -> tuple[Path, ...]:
    """List where templates are looked for: the organiser's `own` folder, where there is one, then those we ship."""
    here = Path(__file__).resolve().parents[1]
    shipped = here / "templates"  # in an installed copy
    if not shipped.is_dir():
        shipped = here.parent / "templates"  # in a checkout
    return (own, shipped) if own is not None and own.is_dir() else (shipped,)


def read_theme(folders: Sequence[Path], name: str = "") -> Theme:
    """Read theme `name` of theme.toml from all `folders`, an earlier one winning token by token.

    Raises CompileError.
    """
    own, shipped = read_tables(folders[:-1], THEME), read_tables(folders[-1:], THEME)
    tables = {table: {**shipped.get(table, {}), **own.get(table, {})} for table in (*shipped, *own)}
    light = _colours(tables, "light")
    named = {twin for twin in light if twin in own.get("dark", {}) or twin not in own.get("light", {})}
    dark = dark_twins(light, {twin: colour for twin, colour in _colours(tables, "dark").items() if twin in named})
    return Theme(
        light,
        dark,
        tables["font"],
        tables["logo"],
        _look(tables, shipped[DEFAULT], name or DEFAULT),
    )


def themes(folders: Sequence[Path]) -> tuple[str, ...]:
    """List the names of the themes there are."""
    return tuple(table for table in read_tables(folders, THEME) if table not in _NOT_THEMES)


def read_tables(folders: Sequence[Path], name: str) -> dict[str, ThemeTable]:
    """Read the tables of the TOML file `name` from all `folders`, an earlier one winning value by value."""
    merged: dict[str, ThemeTable] = {}
    for file in (folder / name for folder in reversed(folders)):
        if file.is_file():
            for table, values in _read_toml(file).items():
                if not isinstance(values, dict):
                    raise CompileError(path=file, why=f'"{table}" must stand in a [table]')
                merged.setdefault(table, {}).update(values)
    return merged


def render(folders: Sequence[Path], template: str, values: Mapping[str, object], language: str = ENGLISH) -> str:
    """Fill `template`, looked for in `folders` in turn, with `values`, escaped for HTML unless it makes CSS or text.

    The template's own words, marked with _(), are in `language`, or in the nearest language there is.
    """
    try:
        return _environment(tuple(folders), speak(folders, language)).get_template(template).render(values)
    except TemplateSyntaxError as error:
        raise CompileError(path=f"{error.filename or template}, line {error.lineno}", why=error.message) from None
    except TemplateNotFound as error:
        raise CompileError(path=template, why=f"there is no template {error.name}") from None
    except SecurityError as error:
        raise CompileError(path=template, why=f"a template may not do this: {error}") from None
    except (TemplateError, TypeError, ValueError, LookupError) as error:
        raise CompileError(path=template, why=str(error)) from None


def forget_templates() -> None:
    """Forget the templates that were read: a folder may have a new one since, which takes precedence."""
    _environment.cache_clear()


def _colours(tables: Mapping[str, ThemeTable], mode: str) -> dict[str, str]:
    for name, value in tables[mode].items():
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", str(value)):
            raise CompileError(path=THEME, why=f'{mode}.{name} must be a colour like #1f6f54, not "{value}"')
    return {name: value.lower() for name, value in tables[mode].items()}


def _look(tables: Mapping[str, ThemeTable], shipped: ThemeTable, name: str) -> ThemeTable:
    known = [table for table in tables if table not in _NOT_THEMES]
    if name not in known:
        raise CompileError(path=THEME, why=f'there is no theme "{name}"; there are {", ".join(known)}')
    look = {**tables[DEFAULT], **tables[name]}
    for token, value in look.items():
        if type(value) is not type(shipped.get(token, value)):
            raise CompileError(path=THEME, why=f"{name}.{token} must be like {shipped[token]!r}, not {value!r}")
    return {**look, "name": name}


def _read_toml(file: Path) -> ThemeTable:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CompileError(path=file, why=str(error)) from None


@lru_cache(maxsize=16)
def _environment(folders: tuple[Path, ...], language: Language) -> Environment:
    # Campaigns pass templates on to each other, so a template may say how a mail looks, but run no code of its own.
    environment = ImmutableSandboxedEnvironment(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(folders),
        autoescape=select_autoescape(disabled_extensions=("css", "txt"), default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # An extension adds this method; the type stubs do not have it.
    environment.install_gettext_translations(language.translations, newstyle=True)  # type: ignore[attr-defined]
    return environment
