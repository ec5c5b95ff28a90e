"""Who may ask: nobody under a foreign host name, without the key, or who posts without the page's token."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEY = "key"
TOKEN = "x-povsim-token"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Secrets:
    """Made at every start.

    Attributes
    ----------
    key : stands in the address that the command prints; then a cookie holds it
    token : stands in the page; other sites can send the cookie along, but can not read this
    """

    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def host_allowed(header: str, remote: bool) -> bool:
    """Whether a Host header is one of ours.

    A site that lets its own name point to this machine (DNS rebinding) shows by that name. Where others are let in,
    they come by an address, which is no name, or by this machine's name.
    """
    name = header.rpartition(":")[0] if header.rpartition(":")[2].isdecimal() else header
    name = name.removeprefix("[").removesuffix("]").lower()
    if is_loopback(name):
        return True
    if not remote:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name in (socket.gethostname().lower(), socket.getfqdn().lower())
    return True


class Guard:
    """ASGI middleware around the whole dashboard."""

    def __init__(self, app: ASGIApp, own: Secrets, port: int, remote: bool) -> None:
        self.app = app
        self.own = own
        self.remote = remote
        # Browsers keep cookies by host name alone: two dashboards on one machine need two names.
        self.cookie = f"povsim_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or hand it on and add the headers that keep pages to themselves."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._refusal(scope) or self.app
        await answer(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not host_allowed(headers.get("host", ""), self.remote):
            return PlainTextResponse("This host name is not served here.", 421)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if _same(query.pop(KEY, ""), self.own.key):
            return self._signed_in(scope["path"], query)
        if not _same(cookie_parser(headers.get("cookie", "")).get(self.cookie, ""), self.own.key):
            return PlainTextResponse("Open the address that povsim serve printed; it holds a key.", 403)
        if scope["method"] not in ("GET", "HEAD") and not _same(headers.get(TOKEN, ""), self.own.token):
            return PlainTextResponse("The page is from an earlier start; load it again.", 403)
        return None

    def _signed_in(self, path: str, query: dict[str, str]) -> Response:
        """To the same page without the key, which a cookie holds from now on."""
        there = f"/{path.lstrip('/')}"
        answer = RedirectResponse(f"{there}?{urlencode(query)}" if query else there, 303)
        answer.set_cookie(self.cookie, self.own.key, httponly=True, samesite="lax")
        return answer


def _same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())
