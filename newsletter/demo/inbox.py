"""What the catcher kept, as a web page for this machine only: each mail at desktop and phone width, side by side."""

from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from newsletter.demo.catcher import Catcher
from newsletter.theme import render

# Because a mail shown here could hold anything: it may load nothing but pictures, and run nothing.
_MAIL_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:"}


def application(catcher: Catcher, templates: Sequence[Path]) -> Starlette:
    """Show the mails of `catcher`; nothing here changes anything."""

    def overview(request: Request) -> Response:
        return HTMLResponse(render(templates, "demo/inbox.html", {"mails": list(enumerate(catcher.mails, 1))}))

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


def _mail(catcher: Catcher, request: Request) -> tuple[int, EmailMessage]:
    number = request.path_params["number"]
    if not 1 <= number <= len(catcher.mails):
        raise HTTPException(404)
    return number, catcher.mails[number - 1]


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return part.get_content() if part else ""
