"""What all pages of the desk share: the folder, the words and look, seals of forms, notes, and handles for people.

Handles are for addresses of pages: an email address never is in a URL, where histories and logs would keep it.
"""

import secrets
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import new as hmac
from pathlib import Path
from typing import Any, Generic, TypeVar

from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from newsletter.app.reports import chart_colours, chart_styles
from newsletter.app.sources import ListedPost
from newsletter.app.workspace import Workspace
from newsletter.compiler import Finding
from newsletter.database.tables import State
from newsletter.desk.forms import SEAL, Seals, SentForm
from newsletter.doctor.finding import DoctorFinding
from newsletter.languages import direction, languages, speak
from newsletter.preview.watching import Signature
from newsletter.theme import read_theme, render

Remembered = TypeVar("Remembered")
MOST_PEOPLE = 20_000
MOST_NOTES = 200

NAVIGATION = (
    ("/", "home"),
    ("/posts", "posts"),
    ("/issues", "issues"),
    ("/people", "people"),
    ("/reports", "reports"),
    ("/setup", "setup"),
)
"""The pages that every page links to: address, and the name that its templates know it by."""


class Keep(Generic[Remembered]):
    """Remembereds under names, the newest `most` of them; for any thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, Remembered] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, name: str, thing: Remembered) -> str:
        """Keep a thing under a name, which is returned."""
        with self._lock:
            self._kept[name] = thing
            self._kept.move_to_end(name)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return name

    def get(self, name: str) -> Remembered | None:
        """Return what is kept under a name."""
        with self._lock:
            return self._kept.get(name)

    def drop(self, name: str) -> None:
        """Keep it no longer."""
        with self._lock:
            self._kept.pop(name, None)


@dataclass(frozen=True)
class Asked:
    """One request to a page: the parts of its path, its query, the form that came with it, and the language."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    language: str
    here: str
    """The path of the page, to which its own forms go."""
    form: SentForm | None = None

    @property
    def sent(self) -> SentForm:
        """The form; only pages that take one ask for it."""
        assert self.form is not None
        return self.form

    def field(self, name: str) -> str:
        """Return a field of the form without spaces around it; empty: it is not there."""
        return self.sent.fields.get(name, "").strip()


@dataclass
class Desk:
    """One desk: the organiser's folder, and what its pages remember while it is open."""

    workspace: Workspace
    seals: Seals = field(default_factory=Seals)
    language: str = ""
    """The language that was chosen on a page; empty: the browser's."""
    people: Keep[str] = field(default_factory=lambda: Keep(MOST_PEOPLE))
    notes: Keep[tuple[str, ...]] = field(default_factory=lambda: Keep(MOST_NOTES))
    kept: Keep[Any] = field(default_factory=lambda: Keep(50))
    """What one page leaves for the next: an uploaded list, a proposal, a preview."""
    counted: dict[int, Counter[State]] = field(default_factory=dict)
    """The figures of the newest issues, so that the start page need not count them again."""
    checked: dict[str, tuple[tuple[int, int], tuple[Finding, ...]]] = field(default_factory=dict)
    """By the name of a post's file: its time and size when it was checked, and the findings."""
    listing: tuple[Signature, tuple[ListedPost, ...]] | None = None
    """The posts, and the state of their folder when they were read."""
    doctor: tuple[float, tuple[DoctorFinding, ...]] | None = None
    """When the doctor looked, and what was found."""

    @property
    def templates(self) -> Sequence[Path]:
        """The folders of templates, the organiser's own first."""
        return self.workspace.templates

    def languages(self) -> dict[str, str]:
        """List the languages that the desk speaks, each named in itself."""
        return languages(self.templates)

    def handle(self, address: str) -> str:
        """Return the name that pages use for an email address in their own addresses."""
        name = hmac(self.seals.key, f"person {address}".encode(), sha256).hexdigest()[:20]
        return self.people.put(name, address)

    def say(self, asked: Asked, words: str, **values: object) -> str:
        """Say an English sentence of the catalogue in the language of a request."""
        return speak(self.templates, asked.language).say(words, **values)

    def page(self, asked: Asked, template: str, status: int = 200, /, **values: object) -> Response:
        """Make a page from a template."""
        html = self.piece(asked, template, **values)
        return HTMLResponse(html, status, {"Content-Language": asked.language})

    def piece(self, asked: Asked, template: str, /, **values: object) -> str:
        """Fill a template, which may be a part of a page."""
        notes = self.notes.get(asked.query.get("said", ""))
        shared = {
            "organisation": self.workspace.settings.organisation,
            "language": asked.language,
            "direction": direction(asked.language),
            "languages": self.languages(),
            "navigation": NAVIGATION,
            "notes": notes or (),
            "path": asked.here,
            "seal_of": self._seal,
            "seal_text": self.seals.seal,
            "handle": self.handle,
        }
        return render(self.templates, f"desk/{template}.html", {**shared, **values}, asked.language)

    def _seal(self, action: str, state: str = "") -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(SEAL, self.seals.seal(action, state))

    def style(self) -> str:
        """Return the style sheet, in the colours of the organiser's theme."""
        inks = {f"{mode}_inks": chart_colours(self.templates, mode) for mode in ("light", "dark")}
        values = {**read_theme(self.templates).tokens, **inks, "charts": chart_styles(self.templates)}
        return render(self.templates, "desk/style.css", values)

    def go(self, path: str, *notes: str) -> Response:
        """Lead to another page of the desk, which shows the notes. `path` is one of our own making."""
        if notes:
            said = self.notes.put(secrets.token_urlsafe(9), notes)
            path = f"{path}{'&' if '?' in path else '?'}said={said}"
        return RedirectResponse(path, 303)
