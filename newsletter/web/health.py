"""Whether the program is alive and can answer requests, for whatever watches it: /health. It says nothing else."""

from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from newsletter.database.engine import require_current
from newsletter.errors import DatabaseError, DatabaseLost


def health_route(engine: Engine) -> Route:
    """Answer 200 while the database answers and fits this version, otherwise 503; why not is for the log alone."""

    def health(request: Request) -> Response:
        try:
            require_current(engine)
        except DatabaseError as error:
            if isinstance(error, DatabaseLost):
                request.app.state.lost = error  # so that the server stops: only a new process can answer again
            return JSONResponse({"alive": True, "ready": False}, status_code=503)
        return JSONResponse({"alive": True, "ready": True})

    return Route("/health", health)
