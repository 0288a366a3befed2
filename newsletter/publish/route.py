"""How published files are served. In: a request for /f/NAME. Out: the file.

Whatever a file holds, a browser must use the media type we give, runs nothing in it, and may keep it for ever. Ranges
and HEAD are answered. A name that was never published gets the same page as every other bad address.
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
    # A mail read in a browser shows these files within the web mailer's page.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}


def routes(folder: Path) -> list[Route]:
    """Return the routes that serve the published files of `folder`."""

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
