"""The page on which an approver answers. GET shows, and only POST acts, because mail scanners follow links.

    GET   /a/TOKEN         what is to be approved
    GET   /a/TOKEN/mail    the very email, for nobody in particular
    POST  /a/TOKEN         the answer

The link is signed for one request and one approver. To answer, the approver also types the address that the link was
sent to, so that a program that submits forms, or a person who got the link alone, cannot. Every approver is told of
every answer by mail: a person who has the whole email can answer in the approver's name, but not unseen.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter import merge
from newsletter.database import deeds
from newsletter.issue.answering import MOST_WORDS, AnsweredTooLate, OwnRequest, answer_as
from newsletter.issue.approvers import Approver
from newsletter.issue.requests import ApprovalRequest, UnknownApprovalRequest, read_request
from newsletter.runtime.clock import in_full
from newsletter.transactional.approval_letters import ApprovalNews, NewsKind
from newsletter.web.archive.pages import POLICY
from subscribers.errors import BadLink
from subscribers.public import Database, accepted_languages, read_form
from subscribers.site import Site
from subscribers.tokens import LinkSigner

TellApprover = Callable[[ApprovalNews], Awaitable[None]]


@dataclass(frozen=True)
class ApprovalPages:
    """The pages of approvers."""

    site: Site
    signer: LinkSigner
    reading: Database
    writing: Database
    approvers: Sequence[Approver]
    clock: Callable[[], datetime]
    tell: TellApprover | None
    """How to mail an approver; None: there is no mail server."""

    def routes(self) -> list[BaseRoute]:
        """List the routes, for the application to mount."""
        return [
            Route("/a/{token}", self.show, methods=["GET"]),
            Route("/a/{token}", self.answer, methods=["POST"]),
            Route("/a/{token}/mail", self.mail, methods=["GET"]),
        ]

    def show(self, request: Request) -> Response:
        """Show what is to be approved; change nothing. Raises BadLink."""
        return self._page(request, self._asked(request)[0])

    def mail(self, request: Request) -> Response:
        """Show the very email, with its gaps filled as for a reader without data. Raises BadLink."""
        mail = self._asked(request)[0].content["mail"]
        headers = {"Content-Security-Policy": POLICY, "Content-Language": mail["language"]}
        return HTMLResponse(merge.fill(mail["html"], {}), headers=headers)

    async def answer(self, request: Request) -> Response:
        """Write down the answer, and tell every approver of it. Raises BadLink."""
        form = await read_form(request)
        response, news = await run_in_threadpool(self._answer, request, form)
        for each in news if self.tell else ():
            await self.tell(each)  # type: ignore[misc]
        return response

    def _answer(self, request: Request, form: dict[str, str]) -> tuple[Response, list[ApprovalNews]]:
        asked, approver = self._asked(request)
        if not approver.is_at(form.get("address", "")) or form.get("answer") not in ("yes", "no"):
            return self._page(request, asked, wrong=True), []
        yes, words = form["answer"] == "yes", form.get("words", "")
        try:
            with self.writing() as connection:
                answer_as(connection, asked.number, approver, "", yes, words, self.clock())
                head = deeds.chain_head(connection)
        except OwnRequest:
            return self._done(request, "own", 409), []
        except AnsweredTooLate:
            return self._done(request, "late", 409), []
        kind = NewsKind.APPROVED if yes else NewsKind.REFUSED
        subject = merge.fill(asked.subject, {})
        news = [
            ApprovalNews(
                each.address,
                self.site.language,
                kind,
                asked.number,
                approver.name,
                subject,
                words[:MOST_WORDS],
                str(head),
            )
            for each in self.approvers
        ]
        return self._done(request, form["answer"]), news

    def _asked(self, request: Request) -> tuple[ApprovalRequest, Approver]:
        """Return the request of the link, and the approver it was sent to. Raises BadLink if they are one no more."""
        number, key = self.signer.read_approval(request.path_params["token"])
        approver = next((each for each in self.approvers if each.key == str(key)), None)
        if approver is None:
            raise BadLink
        try:
            with self.reading() as connection:
                return read_request(connection, number), approver
        except UnknownApprovalRequest:
            raise BadLink from None

    def _page(self, request: Request, asked: ApprovalRequest, wrong: bool = False) -> Response:
        token, language = request.path_params["token"], self._language(request)
        at = asked.content["at"]
        return self.site.page(
            "approve",
            language,
            422 if wrong else 200,
            request=asked,
            subject=merge.fill(asked.subject, {}),
            when=in_full(datetime.fromisoformat(at)) if at else "",
            mail=f"{token}/mail",
            action=f"{token}?lang={language}",
            wrong=wrong,
            error=wrong,
            most_words=MOST_WORDS,
            others=self.site.others(language),
        )

    def _done(self, request: Request, outcome: str, status: int = 200) -> Response:
        return self.site.page("approved", self._language(request), status, outcome=outcome)

    def _language(self, request: Request) -> str:
        return self.site.spoken(request.query_params.get("lang"), *accepted_languages(request))
