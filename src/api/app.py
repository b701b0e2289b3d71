"""The HTTP application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute

from .. import __version__
from ..config import Settings
from ..wiring import ConnectWake, open_app
from . import openapi, problems
from .middleware import BodyLimit, Correlation
from .routes import ROUTERS, operation

MAX_BODY = 1024 * 1024
PREFIX = "/api/v1"


def create_app(settings: Settings, connect_wake: ConnectWake | None = None) -> FastAPI:
    """The application, which opens with its lifespan. Without workers it runs the projections itself."""

    @asynccontextmanager
    async def lifespan(api: FastAPI) -> AsyncIterator[None]:
        async with open_app(settings, connect_wake) as app:
            api.state.app = app
            yield

    api = FastAPI(
        title="Projectory",
        version=__version__,
        description="A project plan that you can rewind, branch and prove.",
        lifespan=lifespan,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url="/docs",
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    api.add_middleware(BodyLimit, most=MAX_BODY)
    api.add_middleware(Correlation)
    problems.install(api)
    for router in ROUTERS:
        api.include_router(router, prefix=PREFIX)
    api.include_router(operation.router)
    openapi.complete(api)
    return api


def _operation_id(route: APIRoute) -> str:
    return route.name
