"""How published files are given out. In: a request for /f/NAME. Out: the file, for as long as there is a server.

Whatever a file holds, a browser takes it for what we say it is, runs nothing in it, and may keep it for ever. Ranges
and HEAD are answered. A name that was never published gets the page of every other bad address.
"""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from newsletter.publish import shelf

PATH = "/f"
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    # Because a mail read in a browser shows them within somebody else's page.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}


def routes(folder: Path) -> list[Route]:
    """Give out what is published in `folder`."""

    def give(request: Request) -> Response:
        found = shelf.take(folder, request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        file, kind = found
        disposition = "inline" if kind.shown else "attachment"
        return FileResponse(
            file, media_type=kind.media_type, headers=_HEADERS, filename=file.name, content_disposition_type=disposition
        )

    return [Route(f"{PATH}/{{name}}", give)]
