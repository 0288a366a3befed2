"""The mails that the catcher kept, as a web page for this machine only: each at desktop and phone width."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

from lxml.html import document_fromstring
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from newsletter.demo.catcher import Catcher
from newsletter.theme import render

# A mail could hold anything, so it may load nothing but pictures, and run no script.
_MAIL_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:"}


def application(catcher: Catcher, templates: Sequence[Path]) -> Starlette:
    """Return the application that shows the mails of `catcher`; no request changes anything."""

    def overview(request: Request) -> Response:
        values = {"issues": _issues(catcher.mails), "many": len(catcher.mails)}
        return HTMLResponse(render(templates, "demo/inbox.html", values))

    def one(request: Request) -> Response:
        number, mail = _mail(catcher, request)
        values = {"number": number, "mail": mail, "many": len(catcher.mails), "text": _part(mail, "plain")}
        return HTMLResponse(render(templates, "demo/mail.html", values))

    def html(request: Request) -> Response:
        return HTMLResponse(_part(_mail(catcher, request)[1], "html"), headers=_MAIL_POLICY)

    def source(request: Request) -> Response:
        return PlainTextResponse(_mail(catcher, request)[1].as_string())

    return Starlette(
        routes=[
            Route("/", overview),
            Route("/{number:int}", one),
            Route("/{number:int}/html", html),
            Route("/{number:int}/source", source),
        ]
    )


@dataclass(frozen=True)
class _Issue:
    """One issue as an inbox lists it, with its mails."""

    subject: str
    sender: str
    preheader: str
    came: datetime
    mails: list[tuple[int, str]]
    """The number of each mail, and its recipient."""


def _issues(mails: Sequence[EmailMessage]) -> list[_Issue]:
    """Group `mails` by issue, the newest first; mails without an issue are grouped by subject."""
    issues: dict[str, _Issue] = {}
    for number, mail in enumerate(mails, 1):
        key = str(mail["Feedback-ID"] or mail["Subject"])
        if key not in issues:
            issues[key] = _Issue(str(mail["Subject"]), _name(mail), _preheader(mail), _time(mail), [])
        issues[key].mails.append((number, str(mail["To"])))
    return list(reversed(issues.values()))


def _name(mail: EmailMessage) -> str:
    return parseaddr(str(mail["From"]))[0] or str(mail["From"])


def _time(mail: EmailMessage) -> datetime:
    said = mail["Date"]
    return said.datetime if said else datetime.fromtimestamp(0, UTC)


def _preheader(mail: EmailMessage) -> str:
    """Find the preheader, which an inbox shows beside the subject: the hidden words at the top of the mail."""
    html = _part(mail, "html")
    found = document_fromstring(html).find(".//div[@class='preheader']") if html.strip() else None
    return " ".join("".join(map(str, found.itertext())).split()) if found is not None else ""


def _mail(catcher: Catcher, request: Request) -> tuple[int, EmailMessage]:
    number = request.path_params["number"]
    if not 1 <= number <= len(catcher.mails):
        raise HTTPException(404)
    return number, catcher.mails[number - 1]


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return part.get_content() if part else ""
