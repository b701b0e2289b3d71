"""The HTTP application."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute

from .. import __version__
from ..config import Settings
from ..wiring import ConnectWake, open_app
from . import documentation, openapi, problems
from .feed import Feed
from .headers import SecurityHeaders
from .limits import BodyLimit, TimeLimit
from .middleware import Correlation
from .routes import ROUTERS, operation

MAX_BODY = 1024 * 1024
PREFIX = "/api/v1"
_SENT = ("Authorization", "Content-Type", "If-Match", "Idempotency-Key", "Last-Event-ID", "X-Correlation-ID")
_ANSWERED = ("ETag", "Location", "Retry-After", "WWW-Authenticate", "X-Correlation-ID", "Projectory-Position")


def create_app(settings: Settings, connect_wake: ConnectWake | None = None) -> FastAPI:
    """The application, which opens with its lifespan. Without workers it runs the projections itself."""

    @asynccontextmanager
    async def lifespan(api: FastAPI) -> AsyncIterator[None]:
        async with open_app(settings, connect_wake) as app, aclosing(Feed(app.log)) as feed:
            api.state.app, api.state.feed = app, feed
            _build_routes(api)
            yield

    api = FastAPI(
        title="Projectory",
        version=__version__,
        description="A project plan that you can rewind, branch and prove.",
        lifespan=lifespan,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    # The last one sees a request first, and its answer last.
    api.add_middleware(BodyLimit, most=MAX_BODY, seconds=settings.request_seconds)
    api.add_middleware(TimeLimit, seconds=settings.request_seconds)
    api.add_middleware(Correlation)
    if settings.cors_origins:
        api.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=_SENT,
            expose_headers=_ANSWERED,
        )
    api.add_middleware(SecurityHeaders)
    problems.install(api)
    for router in ROUTERS:
        api.include_router(router, prefix=PREFIX)
    api.include_router(operation.router)
    api.include_router(documentation.router)
    openapi.complete(api)
    return api


def _build_routes(api: FastAPI) -> None:
    """FastAPI builds all routes when it first looks for one: a second, for which a first caller would wait."""
    nowhere = {"type": "http", "method": "GET", "path": "", "headers": []}
    for route in api.routes:
        route.matches(nowhere)


def _operation_id(route: APIRoute) -> str:
    return route.name
