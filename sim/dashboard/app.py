"""The web application, and how it is started and stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from socket import socket

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from sim.dashboard import api, pages
from sim.dashboard.guard import Guard
from sim.dashboard.site import Site

STATIC = Path(__file__).parent / "static"
PATIENCE = 3  # seconds that answers under way are given when the dashboard is stopped


def make_app(site: Site, port: int, remote: bool) -> Starlette:
    """The application; its queue works as long as it is up.

    Parameters
    ----------
    remote : whether requests under this machine's name or an address of it are served, not only from it
    """

    @asynccontextmanager
    async def working(app: Starlette) -> AsyncIterator[None]:
        worker = asyncio.create_task(site.jobs.work())
        yield
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker

    app = Starlette(
        routes=[*pages.ROUTES, *api.ROUTES, Mount("/static", StaticFiles(directory=STATIC))],
        middleware=[Middleware(Guard, own=site.own, port=port, remote=remote)],
        exception_handlers={404: _nothing_here},
        lifespan=working,
    )
    app.state.site = site
    return app


def _nothing_here(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return pages.render(request, "nothing.html", error.status_code)


def serve(site: Site, listening: socket, remote: bool) -> None:
    """Answer on a socket that listens, until Ctrl-C or SIGTERM."""
    app = make_app(site, listening.getsockname()[1], remote)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="on",
        ws="none",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=PATIENCE,
    )
    uvicorn.Server(config).run(sockets=[listening])
