"""What all public pages share: who is speaking, their words in each language, their look, the pages for bad luck."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from subscribers.parting import MOST_WORDS
from subscribers.public import accepted_languages
from subscribers.topics import Topic


class Render(Protocol):
    """Fills a template of the `pages` folder in a language; HTML is escaped, CSS is not."""

    def __call__(self, template: str, values: Mapping[str, object], language: str = "en", /) -> str: ...


@dataclass(frozen=True)
class Site:
    """What all pages share: who is speaking, how they can be written to, in which languages, and their look.

    `languages` has the name of each in itself, English at least; `look` is what style.css is filled with.
    """

    organisation: str
    contact: str
    render: Render
    languages: Mapping[str, str]
    direction: Callable[[str], str]
    look: Mapping[str, object]
    language: str = "en"
    privacy_url: str = ""
    """Where the privacy notice is; empty: there is none to lead to."""
    named: Mapping[str, str] = field(default_factory=dict)
    """The organisation's name in languages in which it is another."""
    date: Callable[[str, date], str] = lambda language, day: day.isoformat()
    """Writes a day out in a language."""
    style: str = field(init=False)
    policy: str = field(init=False)

    def __post_init__(self) -> None:
        style = self.render("pages/style.css", self.look)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        object.__setattr__(self, "style", style)
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self'; base-uri 'none'; form-action 'self'"
        object.__setattr__(self, "policy", f"{policy}; frame-ancestors 'none'")

    def spoken(self, *wishes: str | None) -> str:
        """Choose the language: the first wish we have words for, else the organisation's own, else English."""
        for wish in (*wishes, self.language):
            primary = (wish or "").lower().partition("-")[0]
            if primary in self.languages:
                return primary
        return "en"

    def consent(self, language: str) -> str:
        """Say what somebody agrees to who subscribes."""
        return self.render("pages/consent.txt", {"organisation": self.name(language)}, language).strip()

    def name(self, language: str) -> str:
        """Give the organisation's name in a language."""
        return self.named.get(language, self.organisation)

    def title(self, topic: Topic, language: str) -> str:
        """Give the title of a topic in a language, or what comes nearest."""
        return topic.title(language, self.language)

    def page(self, name: str, language: str, status: int = 200, **values: object) -> Response:
        """Fill a page."""
        shared = {
            "organisation": self.name(language),
            "privacy_url": self.privacy_url,
            "error": False,
            "contact": self.contact,
            "language": language,
            "direction": self.direction(language),
            "style": Markup(self.style),  # noqa: S704  # a designer's, with nobody's data in it
            "others": {},
        }
        body = self.render(f"pages/{name}.html", {**shared, **values}, language)
        return HTMLResponse(body, status, {"Content-Security-Policy": self.policy, "Content-Language": language})

    def bad_link(self, request: Request, error: Exception | None = None) -> Response:
        """Answer a link that is not ours, or lost a piece: kindly, with a way out."""
        language = self.spoken(request.query_params.get("lang"))
        return self.page("bad-link", language, 404, others=self.others(language))

    def not_found(self, request: Request, ways: Sequence[str] = (), status: int = 404) -> Response:
        """Answer an address that no link of ours leads to, with `ways` on from there: "archive", "subscribe"."""
        language = self.spoken(request.query_params.get("lang"), *accepted_languages(request))
        # Relative, because nobody but the web server in front knows under which path the pages are.
        up = "../" * (request.url.path.count("/") - 1)
        return self.page("not-found", language, status, ways=ways, up=up)

    def trouble(self, request: Request, error: Exception | None = None, status: int = 503) -> Response:
        """Answer when we cannot do what was asked, and it is our fault."""
        return self.page("trouble", self.spoken(request.query_params.get("lang")), status)

    def too_long(self, request: Request) -> Response:
        """Answer a form that is longer than is read."""
        return self.page("too-long", self.spoken(request.query_params.get("lang"), *accepted_languages(request)), 413)

    def asked(self, language: str, waits: bool, address: str = "", action: str = "") -> Response:
        """Say that a mail is on its way, if it may be; `waits`: so many of their network ask that it may take long.

        The `address` is what was typed on this page, and nothing that we know. `action` takes it once more.
        """
        return self.page("asked", language, waits=waits, address=address, action=action)

    def unsubscribed(
        self, language: str, here: str, can_ask: bool, undo: str = "", told: bool = False, switch: bool = True
    ) -> Response:
        """Say that somebody has left. `here` is the way to their unsubscribe page; `undo` a token that takes it back.

        Without one, the way back is a question to their mailbox, where one can be asked.
        """
        return self.page(
            "unsubscribed",
            language,
            undo=undo,
            undoing=f"{here}/undo?lang={language}",
            returning=f"{here}/return?lang={language}" if can_ask else "",
            why=f"{here}/why?lang={language}",
            told=told,
            most_words=MOST_WORDS,
            others=self.others(language) if switch else {},
        )

    def busy(self, language: str) -> Response:
        """Say that nothing was kept, because too many of their network, or of all, have asked."""
        return self.page("busy", language, 429)

    def others(self, language: str) -> dict[str, str]:
        """Name the languages a page can also be had in."""
        return {code: name for code, name in self.languages.items() if code != language}
