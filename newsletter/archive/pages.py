"""The public archive as pages. In: a request. Out: what has gone out, as a list, a feed (RFC 4287), and issue by issue.

    GET  /archive               the newest issues, and older ones page by page
    GET  /archive/feed.atom     the newest, for feed readers
    GET  /archive/NUMBER        one issue
    GET  /i/TOKEN               the same, also one that is not listed: the link "view in browser" of a mail

An issue is shown with nobody's name and nobody's links in it: whoever is sent a link has no power over whom it was for.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter import merge
from newsletter.archive import PAGE, entries, shown
from newsletter.issue import MOST, Issue, read_issue
from newsletter.settings import Archive
from subscribers.public import Database, accepted_languages, kept_for
from subscribers.site import Site
from subscribers.tokens import LinkSigner

SECONDS = 300
"""How long a copy may be used: an issue that is taken out of the archive is gone after that."""

# An issue shows what the author put into it: pictures from anywhere, styles in the mail itself, and nothing that runs.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: http:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True)
class ArchivePages:
    """The pages of one list's archive; `base_url` is where they are, for the feed, whose links must be whole."""

    site: Site
    signer: LinkSigner
    reading: Database
    archive: Archive
    base_url: str
    list_id: str
    date: Callable[[str, date], str]
    """Writes a day out in a language."""
    can_subscribe: bool = False

    def routes(self) -> list[BaseRoute]:
        """List the routes, for the application to mount."""
        routes: list[BaseRoute] = [Route("/i/{token}", self.in_browser, methods=["GET"])]
        if not self._is_open:
            return routes
        return [
            *routes,
            Route("/archive", self.newest, methods=["GET"]),
            Route("/archive/feed.atom", self.feed, methods=["GET"]),
            Route("/archive/{number}", self.issue, methods=["GET"]),
        ]

    def in_browser(self, request: Request) -> Response:
        """Show the issue of a mail. Raises BadLink."""
        number = self.signer.read_web(request.path_params["token"])
        with self.reading() as connection:
            found = read_issue(connection, number)
        return HTMLResponse(self._page(found), headers={"Content-Security-Policy": POLICY})

    def issue(self, request: Request) -> Response:
        """Show one issue. Raises UnknownIssue for one that is not in the archive."""
        with self.reading() as connection:
            # Not by the converter of the router: int() raises on a number of thousands of digits.
            found = shown(connection, _number(request.path_params["number"]))
        headers = {"Content-Security-Policy": POLICY, "Content-Language": found.email.language}
        return self._public(request, HTMLResponse(self._page(found), headers=headers))

    def newest(self, request: Request) -> Response:
        """Show a page of the list."""
        language = self.site.spoken(request.query_params.get("lang"), *accepted_languages(request))
        before = request.query_params.get("before", "")
        with self.reading() as connection:
            found = entries(connection, _number(before))
        answer = self.site.page(
            "archive",
            language,
            entries=[(each, self.date(language, each.at.date())) for each in found],
            older=found[-1].number if len(found) == PAGE else None,
            newer=bool(before),
            can_subscribe=self.can_subscribe,
            indexed=self.archive is Archive.INDEXED,
            others=self.site.others(language),
        )
        answer.headers["Vary"] = "Accept-Language"
        return self._public(request, answer)

    def feed(self, request: Request) -> Response:
        """Give the newest as a feed, in the organisation's own language."""
        with self.reading() as connection:
            found = entries(connection)
        values = {
            "organisation": self.site.organisation,
            "language": self.site.spoken(),
            "base_url": self.base_url,
            "domain": self.list_id,
            "entries": found,
            "updated": found[0].at if found else None,
        }
        body = self.site.render("pages/archive.xml", values, self.site.spoken())
        return self._public(request, Response(body, media_type="application/atom+xml"))

    @property
    def _is_open(self) -> bool:
        return self.archive is not Archive.NO and bool(self.base_url)

    def _page(self, issue: Issue) -> str:
        """Make a page of an issue: with a landmark, and a way to the others."""
        language = self.site.spoken(issue.email.language)
        facts = {
            **self.site.look,
            "language": language,
            "direction": self.site.direction(language),
            "organisation": self.site.organisation,
            "can_subscribe": self.can_subscribe,
        }
        around = self.site.render("pages/around.html", facts, language) if self._is_open else ""
        html = _BODY.sub(lambda body: f"{body[0]}{around}<main>", for_nobody(issue), count=1)
        return "</main></body>".join(html.rsplit("</body>", 1))

    def _public(self, request: Request, answer: Response) -> Response:
        if self.archive is Archive.INDEXED:
            answer.headers["X-Robots-Tag"] = "all"
        return kept_for(SECONDS, request, answer)


_BODY = re.compile(r"<body[^>]*>")


def for_nobody(issue: Issue) -> str:
    """Fill the gaps of an issue with what is nobody's: to leave, one writes to us."""
    head = issue.letterhead
    leave = f"mailto:{(head.reply_to or head.sender).address}"
    return merge.fill(issue.email.html, {"unsubscribe_url": leave, "preferences_url": leave, "web_url": ""}, escape)


def _number(text: str) -> int:
    return min(int(text), MOST) if text.isascii() and text.isdigit() and len(text) < 12 else MOST
