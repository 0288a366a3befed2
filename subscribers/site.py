"""What all public pages share: the organisation, the words in each language, the look, and the error pages."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from subscribers.public import accepted_languages
from subscribers.topics import Topic
from subscribers.unsubscribe_reason import MOST_WORDS


class Render(Protocol):
    """Fills a template of the `pages` folder in a language; HTML is escaped, CSS is not."""

    def __call__(self, template: str, values: Mapping[str, object], language: str = "en", /) -> str: ...


@dataclass(frozen=True)
class Site:
    """What all pages share: the organisation, its contact address, the languages, and the look.

    `languages` gives the name of each language in that language, and has at least English; `look` fills style.css.
    """

    organisation: str
    contact: str
    render: Render
    languages: Mapping[str, str]
    direction: Callable[[str], str]
    look: Mapping[str, object]
    language: str = "en"
    privacy_url: str = ""
    """The URL of the privacy notice; empty: the pages link to none."""
    named: Mapping[str, str] = field(default_factory=dict)
    """The organisation's name in languages in which it differs."""
    date: Callable[[str, date], str] = lambda language, day: day.isoformat()
    """Writes a date in a language."""
    style: str = field(init=False)
    policy: str = field(init=False)

    def __post_init__(self) -> None:
        style = self.render("pages/style.css", self.look)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        object.__setattr__(self, "style", style)
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self'; base-uri 'none'; form-action 'self'"
        object.__setattr__(self, "policy", f"{policy}; frame-ancestors 'none'")

    def spoken(self, *wanted_languages: str | None) -> str:
        """Choose the language: the first wish that we have texts in, else the organisation's own, else English."""
        for wanted in (*wanted_languages, self.language):
            primary = (wanted or "").lower().partition("-")[0]
            if primary in self.languages:
                return primary
        return "en"

    def consent(self, language: str) -> str:
        """Return the wording that a subscriber agrees to."""
        return self.render("pages/consent.txt", {"organisation": self.name(language)}, language).strip()

    def name(self, language: str) -> str:
        """Return the organisation's name in a language."""
        return self.named.get(language, self.organisation)

    def title(self, topic: Topic, language: str) -> str:
        """Return the title of a topic in a language, else in the organisation's language, else in any."""
        return topic.title(language, self.language)

    def page(self, name: str, language: str, status: int = 200, **values: object) -> Response:
        """Make a response from the page template `name`."""
        shared = {
            "organisation": self.name(language),
            "privacy_url": self.privacy_url,
            "error": False,
            "contact": self.contact,
            "language": language,
            "direction": self.direction(language),
            "style": Markup(self.style),  # noqa: S704  # from the templates, with no subscriber's data in it
            "others": {},
        }
        body = self.render(f"pages/{name}.html", {**shared, **values}, language)
        return HTMLResponse(body, status, {"Content-Security-Policy": self.policy, "Content-Language": language})

    def bad_link(self, request: Request, error: Exception | None = None) -> Response:
        """Answer a link that is not ours or was cut off, and say what the reader can do."""
        language = self.spoken(request.query_params.get("lang"))
        return self.page("bad-link", language, 404, others=self.others(language))

    def not_found(self, request: Request, ways: Sequence[str] = (), status: int = 404) -> Response:
        """Answer a URL that we do not serve, with links to the pages in `ways`: "archive", "subscribe"."""
        language = self.spoken(request.query_params.get("lang"), *accepted_languages(request))
        # Relative, because only the web server in front knows under which path the pages are.
        up = "../" * (request.url.path.count("/") - 1)
        return self.page("not-found", language, status, ways=ways, up=up)

    def trouble(self, request: Request, error: Exception | None = None, status: int = 503) -> Response:
        """Answer when we cannot do what was asked and the fault is ours."""
        return self.page("trouble", self.spoken(request.query_params.get("lang")), status)

    def too_long(self, request: Request) -> Response:
        """Answer a form that is longer than we read."""
        return self.page("too-long", self.spoken(request.query_params.get("lang"), *accepted_languages(request)), 413)

    def asked(self, language: str, waits: bool, address: str = "", action: str = "") -> Response:
        """Say that a mail is on its way if the address may get one; `waits`: it may take long, the network asked a lot.

        `address` is what the visitor typed, never what we hold. `action` is where the page posts it to ask again.
        """
        return self.page("asked", language, waits=waits, address=address, action=action)

    def unsubscribed(
        self, language: str, here: str, can_ask: bool, undo: str = "", told: bool = False, switch: bool = True
    ) -> Response:
        """Say that they have unsubscribed. `here` is the path of their unsubscribe page, `undo` the token to undo it.

        Without `undo`, the page offers to mail them a question instead, if `can_ask`.
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
        """Say that the request was not kept, because there were too many from their network or in total."""
        return self.page("busy", language, 429)

    def others(self, language: str) -> dict[str, str]:
        """Return the other languages that a page can be shown in: code and name."""
        return {code: name for code, name in self.languages.items() if code != language}
