"""What the page's script asks for: checks, runs, the queue, and the scenario file."""

from __future__ import annotations

import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sim.dashboard.changes import said
from sim.dashboard.jobs import QueueFullError
from sim.dashboard.pages import language, site_of
from sim.dashboard.site import Wish
from sim.scenario import ScenarioError

LARGEST_BODY = 64 * 1024


async def check(request: Request) -> JSONResponse:
    """Whether the levers fit together, and what they change."""
    wish = await _wish(request)
    if not isinstance(wish, Wish):
        return wish
    text = language(request)
    lines = [said(wish.source, wish.source.levers[name], where, text) for name, where in wish.moved.items()]
    saved = await run_in_threadpool(site_of(request).shelf.run, wish.run)
    return JSONResponse({"changed": lines, "name": wish.name, "run": wish.run, "saved": saved is not None})


async def export(request: Request) -> Response:
    """The scenario file."""
    wish = await _wish(request)
    if not isinstance(wish, Wish):
        return wish
    name, content = await run_in_threadpool(site_of(request).export, wish, language(request))
    return Response(
        content, media_type="application/yaml", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


async def start(request: Request) -> JSONResponse:
    """Queue a run; a saved one is not made again."""
    wish = await _wish(request)
    if not isinstance(wish, Wish):
        return wish
    site = site_of(request)
    if await run_in_threadpool(site.shelf.run, wish.run) is not None:
        return JSONResponse({"run": wish.run, "saved": True})
    try:
        job = site.jobs.add(wish.name, wish.run, await run_in_threadpool(site.order, wish, language(request)))
    except QueueFullError:
        return _wrong({"": [language(request)("Too many runs wait already.")]}, 429)
    return JSONResponse({"run": wish.run, "saved": False, "job": job.id})


async def jobs(request: Request) -> JSONResponse:
    """The queue."""
    return JSONResponse([job.shown() for job in site_of(request).jobs])


async def cancel(request: Request) -> JSONResponse:
    """Stop a run, or take it out of the queue."""
    return JSONResponse({"stopped": await site_of(request).jobs.cancel(request.path_params["job"])})


async def _wish(request: Request) -> Wish | JSONResponse:
    sent = await _body(request)
    if sent.get("scenario") not in list(site_of(request).shelf.scenarios):
        raise HTTPException(404)
    try:
        wish = await run_in_threadpool(site_of(request).wish, sent, language(request))
    except ScenarioError as error:
        return _wrong({"": [str(problem) for problem in error.problems]})
    return wish if isinstance(wish, Wish) else _wrong(wish)


def _wrong(errors: dict[str, list[str]], status: int = 422) -> JSONResponse:
    return JSONResponse({"errors": errors}, status)


async def _body(request: Request) -> dict[str, Any]:
    """The JSON mapping of a request."""
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST_BODY:
            raise HTTPException(413)
    try:
        sent = json.loads(data)
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(sent, dict):
        raise HTTPException(400)
    return sent


ROUTES = [
    Route("/api/check", check, methods=["POST"]),
    Route("/api/export", export, methods=["POST"]),
    Route("/api/runs", start, methods=["POST"]),
    Route("/api/jobs", jobs),
    Route("/api/jobs/{job}/cancel", cancel, methods=["POST"]),
]
