"""The door to Babel: the fixed words of mails and pages in the recipient's language, and how it writes a date.

English stands in the templates themselves. Every other language is one catalogue, templates/languages/CODE.po; a
campaign's own templates/ may hold more, and win message by message, also an en.po with other English words.
"""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import NullTranslations, Translations
from babel.units import format_unit

from newsletter.errors import CompileError

ENGLISH = "en"
FOLDER = "languages"
KILO, MEGA = 1000, 1_000_000
_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")  # RFC 5646; as a file name it cannot lead to another folder


@dataclass(frozen=True, eq=False)
class Language:
    """One language in which the fixed words of mails and pages exist."""

    code: str
    translations: NullTranslations

    @cached_property
    def name(self) -> str:
        """Its name, in the language itself."""
        return (_locale(self.code).get_display_name() or self.code).capitalize()

    @property
    def direction(self) -> str:
        """Its direction: ltr or rtl."""
        return direction(self.code)

    def say(self, message: str, **values: object) -> str:
        """Say the English `message` in this language, with `values` for its %(gaps)s."""
        said: str = self.translations.ugettext(message)
        return said % values if values else said

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """Say the English message `one` or `many` with the form that `number` needs here; its gap is %(number)s."""
        said: str = self.translations.ungettext(one, many, number)
        return said % {"number": f"{number:,}", **values}

    def month(self, day: datetime.date) -> str:
        """Write a month out: March 2027."""
        return format_date(day, "MMMM y", locale=_locale(self.code))

    def short_month(self, day: datetime.date) -> str:
        """Write a month short, with the year in January: Mar, Jan 27."""
        return format_date(day, "MMM yy" if day.month == 1 else "MMM", locale=_locale(self.code))

    def date(self, day: datetime.date) -> str:
        """Write a day out: 1 March 2027."""
        return date_in(self.code, day)


def direction(code: str) -> str:
    """Return the direction of the language `code`; an unknown one is written from left to right."""
    return _locale(code).text_direction


def date_in(code: str, day: datetime.date) -> str:
    """Write a day out in the language `code`: 1 March 2027."""
    return format_date(day, "d MMMM y", locale=_locale(code))


def months_in(code: str) -> dict[str, int]:
    """Return the names of the months in the language `code`, long and short, with their numbers."""
    forms = _locale(code).months["format"]
    return {str(name).rstrip("."): month for form in ("wide", "abbreviated") for month, name in forms[form].items()}


def weekdays_in(code: str) -> dict[str, int]:
    """Return the names of the days of the week in the language `code`, long and short; Monday is 0."""
    forms = _locale(code).days["format"]
    return {str(name).rstrip("."): day for form in ("wide", "abbreviated") for day, name in forms[form].items()}


def size_in(code: str, size: int) -> str:
    """Write a number of bytes as readers of the language `code` know it: 210 KB, 1.4 MB."""
    locale = _locale(code)
    if size < MEGA - KILO // 2:
        written = format_unit(max(round(size / KILO), 1), "digital-kilobyte", "short", locale=locale)
    else:
        written = format_unit(round(size / MEGA, 1), "digital-megabyte", "short", format="0.#", locale=locale)
    return written.replace("kB", "KB")  # the name that is used everywhere else


def speak(folders: Sequence[Path], wanted: str) -> Language:
    """Find the language nearest to `wanted` among those there are: pt-BR, else pt, else English."""
    for code in (wanted.lower(), wanted.lower().partition("-")[0], ENGLISH):
        if not _CODE.fullmatch(code):
            continue
        files = _catalogues(folders, code)
        if files or code == ENGLISH:
            return _language(code, tuple((file, file.stat().st_mtime_ns) for file in files))
    raise AssertionError("English needs no catalogue")


def languages(folders: Sequence[Path]) -> dict[str, str]:
    """List the languages there are, each named in its own language; English first."""
    stems = {file.stem for folder in folders for file in (folder / FOLDER).glob("*.po")}
    return {code: speak(folders, code).name for code in (ENGLISH, *sorted(filter(_CODE.fullmatch, stems - {ENGLISH})))}


def _catalogues(folders: Sequence[Path], code: str) -> list[Path]:
    """List the files of a language, the shipped one first."""
    files = (folder / FOLDER / f"{code}.po" for folder in reversed(folders))
    return [file for file in files if file.is_file()]


@lru_cache(maxsize=32)
def _language(code: str, files: tuple[tuple[Path, int], ...]) -> Language:
    both: NullTranslations | None = None
    for file, _ in files:
        one = _read(file, code)
        if isinstance(both, Translations):
            both.merge(one)
        else:
            both = one
    return Language(code, both or NullTranslations())


def _read(file: Path, code: str) -> Translations:
    try:
        with file.open("rb") as lines:
            catalogue = read_po(lines, locale=None if code == ENGLISH else code.replace("-", "_"), abort_invalid=True)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
    except (OSError, PoFileError, UnicodeDecodeError, ValueError, LookupError) as error:
        raise CompileError(path=file, why=str(error)) from None
    compiled.seek(0)
    return Translations(compiled)


@lru_cache(maxsize=64)
def _locale(code: str) -> Locale:
    for tag in (code, code.partition("-")[0], ENGLISH):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("English is a language")
