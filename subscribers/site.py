"""What all public pages share: who is speaking, their words in each language, their look, the pages for bad luck."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response


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
    style: str = field(init=False)
    policy: str = field(init=False)

    def __post_init__(self) -> None:
        style = self.render("pages/style.css", self.look)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        object.__setattr__(self, "style", style)
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'self'"
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
        return self.render("pages/consent.txt", {"organisation": self.organisation}, language).strip()

    def page(self, name: str, language: str, status: int = 200, **values: object) -> Response:
        """Fill a page."""
        shared = {
            "organisation": self.organisation,
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

    def trouble(self, request: Request, error: Exception | None = None) -> Response:
        """Answer when we cannot do what was asked, and it is our fault."""
        return self.page("trouble", self.spoken(request.query_params.get("lang")), 503)

    def others(self, language: str) -> dict[str, str]:
        """Name the languages a page can also be had in."""
        return {code: name for code, name in self.languages.items() if code != language}
