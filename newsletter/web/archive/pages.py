"""The pages of the public archive. In: a request. Out: the sent issues, as a list, as a feed (RFC 4287), and each one.

    GET  /archive               the newest issues, and older ones page by page
    GET  /archive/feed.atom     the newest, for feed readers
    GET  /archive/NUMBER        one issue
    GET  /i/TOKEN               one issue, also if it is not listed: the link "view in browser" of a mail

An issue is shown without any recipient's name or links: a forwarded link gives no power over its owner, and a visitor
sees no action that only a subscriber can take.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from html import escape, unescape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter import merge
from newsletter.errors import UnknownIssue
from newsletter.issue import MOST, Issue, read_issue
from newsletter.settings import ArchiveAccess
from newsletter.web.archive import PAGE, archived_issue, archived_issues
from subscribers.public import Database, accepted_languages, kept_for
from subscribers.site import Site
from subscribers.tokens import LinkSigner

SECONDS = 300
"""How long a cache may keep a page: an issue taken out of the archive disappears after that."""

# An issue may show what the author put into it: pictures from any site and styles in the mail itself, but no scripts.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: http:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True)
class ArchivePages:
    """The archive pages of one list; `base_url` is their address, for the feed, which needs absolute links."""

    site: Site
    signer: LinkSigner
    reading: Database
    archive: ArchiveAccess
    base_url: str
    list_id: str
    date: Callable[[str, date], str]
    """Writes a date in a language."""
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
        """Show the issue that a mail's link belongs to. Raises BadLink."""
        number = self.signer.read_web(request.path_params["token"])
        with self.reading() as connection:
            found = in_language(read_issue(connection, number), request.query_params.get("lang", ""))
        return HTMLResponse(self._page(found), headers={"Content-Security-Policy": POLICY})

    def issue(self, request: Request) -> Response:
        """Show one issue. Raises UnknownIssue for one that is not in the archive."""
        text = request.path_params["number"]
        number = _number(text, otherwise=0)
        if str(number) != text:
            raise UnknownIssue(number=text[:20])
        with self.reading() as connection:
            found = in_language(archived_issue(connection, number), request.query_params.get("lang", ""))
        headers = {"Content-Security-Policy": POLICY, "Content-Language": ", ".join(found.email.languages)}
        return self._public(request, HTMLResponse(self._page(found, self._shared(found)), headers=headers))

    def newest(self, request: Request) -> Response:
        """Show one page of the list of issues."""
        language = self.site.spoken(request.query_params.get("lang"), *accepted_languages(request))
        before = request.query_params.get("before", "")
        with self.reading() as connection:
            found = archived_issues(connection, _number(before))
        answer = self.site.page(
            "archive",
            language,
            entries=[(each, self.date(language, each.at.date())) for each in found],
            older=found[-1].number if len(found) == PAGE else None,
            newer=bool(before),
            can_subscribe=self.can_subscribe,
            indexed=self.archive is ArchiveAccess.INDEXED,
            base_url=self.base_url,
            others=self.site.others(language),
        )
        answer.headers["Vary"] = "Accept-Language"
        return self._public(request, answer)

    def feed(self, request: Request) -> Response:
        """Return the newest issues as a feed, in the organisation's own language."""
        with self.reading() as connection:
            found = archived_issues(connection)
        values = {
            "organisation": self.site.name(self.site.spoken()),
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
        return self.archive is not ArchiveAccess.NO and bool(self.base_url)

    def _shared(self, issue: Issue) -> str:
        """Make the metadata that social networks show for a link to the issue's page (ogp.me)."""
        facts = {
            "organisation": self.site.name(issue.email.language),
            "title": merge.fill(issue.email.title or issue.email.subject, {}),
            "opening": merge.fill(issue.email.preheader, {}),
            "language": issue.email.language,
            "url": f"{self.base_url}/archive/{issue.number}",
            "pages": _pages(issue, f"{self.base_url}/archive/{issue.number}"),
            "image": _first_picture(issue.email.html),
        }
        return self.site.render("pages/shared.html", facts, issue.email.language)

    def _page(self, issue: Issue, shared: str = "") -> str:
        """Make the page of an issue: add a main landmark, links to the other pages, and the `shared` metadata."""
        language = self.site.spoken(issue.email.language)
        facts = {
            **self.site.look,
            "language": language,
            "direction": self.site.direction(language),
            "organisation": self.site.name(language),
            "can_subscribe": self.can_subscribe,
        }
        around = self.site.render("pages/around.html", facts, language) if self._is_open else ""
        html = _BODY.sub(lambda body: f"{body[0]}{around}<main>", for_nobody(issue), count=1)
        html = html.replace("</head>", f"{shared}</head>", 1)
        return "</main></body>".join(html.rsplit("</body>", 1))

    def _public(self, request: Request, answer: Response) -> Response:
        if self.archive is ArchiveAccess.INDEXED:
            answer.headers["X-Robots-Tag"] = "all"
        return kept_for(SECONDS, request, answer)


_BODY = re.compile(r"<body[^>]*>")
_PICTURE = re.compile(r'<img\b[^<>]*?\bsrc="(https?://[^"\ue000]+)"')


def for_nobody(issue: Issue) -> str:
    """Fill the gaps of an issue without any recipient's data, and leave out the footer for subscribers.

    An unsubscribe or preferences link in the author's text becomes a link for writing to us.
    """
    head = issue.letterhead
    leave = f"mailto:{(head.reply_to or head.sender).address}"
    links = {"unsubscribe_url": leave, "preferences_url": leave, "web_url": ""}
    return merge.fill(_without_footer(issue.email.html), links, escape)


def in_language(issue: Issue, language: str) -> Issue:
    """Return `issue` with the mail that readers of `language` alone get; as it is, if there is none."""
    alone = issue.email.variants.get(language)
    return replace(issue, email=replace(alone, variants=issue.email.variants)) if alone else issue


def _pages(issue: Issue, address: str) -> dict[str, str]:
    """List where an issue in several languages is read in each of them: its hreflang, and the address."""
    email = issue.email
    if email.variants:
        return {code: f"{address}?lang={code}" for code in email.variants} | {"x-default": address}
    return dict.fromkeys(email.languages, address) if email.second_language else {}


def _without_footer(html: str) -> str:
    """Remove the part of the footer that is for subscribers: the <div> with a `lang` around each unsubscribe link."""
    end = len(html)
    while (at := html.rfind("\ue000unsubscribe_url", 0, end)) > -1:
        start, close = html.rfind("<div", 0, at), html.find("</div>", at)
        if not (start > -1 and re.match(r"<div\b[^<>]*\blang=", html[start:at])) or close < 0:
            break
        html, end = html[:start] + html[close + len("</div>") :], start
    return html


def _first_picture(html: str) -> str:
    match = _PICTURE.search(html)
    return unescape(match[1]) if match else ""


def _number(text: str, otherwise: int = MOST) -> int:
    return min(int(text), MOST) if text.isascii() and text.isdigit() and len(text) < 12 else otherwise
