"""What all public pages share: who is speaking, their words in each language, their look, the pages for bad luck."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response


class Render(Protocol):
    """Fills a template of the `pages` folder; HTML is escaped, CSS is not."""

    def __call__(self, template: str, values: Mapping[str, object], /) -> str: ...


@dataclass(frozen=True)
class Site:
    """What all pages share: who is speaking, how they can be written to, their words and their look.

    `words` has a table per language, English at least; `look` is what style.css is filled with.
    """

    organisation: str
    contact: str
    render: Render
    words: Mapping[str, Mapping[str, str]]
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
            if primary in self.words:
                return primary
        return "en"

    def words_in(self, language: str) -> dict[str, str]:
        """Give all words in `language`; what it does not say yet is said in English."""
        both = {**self.words["en"], **self.words.get(language, {})}
        return {key: text.format(organisation=self.organisation) for key, text in both.items()}

    def page(self, name: str, language: str, status: int = 200, **values: object) -> Response:
        """Fill a page."""
        shared = {
            "organisation": self.organisation,
            "contact": self.contact,
            "language": language,
            "words": self.words_in(language),
            "style": Markup(self.style),  # noqa: S704  # a designer's, with nobody's data in it
            "others": {},
        }
        body = self.render(f"pages/{name}.html", {**shared, **values})
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
        return {code: words["name"] for code, words in self.words.items() if code != language}
