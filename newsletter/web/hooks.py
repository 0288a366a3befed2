"""The webhooks of relays: POST /hooks/SERVICE/SECRET. In: requests. Out: short answers for machines.

A wrong secret and a service that is not set get the same answer as any address that does not exist, and their body is
not read. A body is read whole within a size and a time, whatever length and content type it claims to have.
"""

import asyncio

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter.bounces.hooks.posted import HookAnswer, Hooks

MOST_BYTES = 256 * 1024
"""The longest body, in bytes."""
BODY_SECONDS = 10
"""How long a body may take to arrive."""

_WORDS = {
    HookAnswer.OK: "recorded",
    HookAnswer.NOT_JSON: "this is not JSON",
    HookAnswer.UNPROVEN: "this does not prove to come from the service",
    HookAnswer.TOO_MANY: "too many events",
    HookAnswer.AWAY: "try again later",
}


class HookPages:
    """The routes of the webhooks of one list."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks

    def routes(self) -> list[BaseRoute]:
        """List the routes, for the application to mount."""
        return [Route("/hooks/{service}/{secret}", self.posted, methods=["POST"])]

    async def posted(self, request: Request) -> Response:
        """Take one request. Raises HTTPException 404, 408 and 413, and DatabaseError."""
        service = self._hooks.service(request.path_params["service"], request.path_params["secret"])
        if service is None:
            raise HTTPException(404)
        body = await _body(request)
        fields = {name.lower(): value for name, value in request.headers.items()}
        answer = await run_in_threadpool(self._hooks.take, service, body, fields)
        return PlainTextResponse(f"{_WORDS[answer]}\n", status_code=answer.value)


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > MOST_BYTES:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    return bytes(body)
