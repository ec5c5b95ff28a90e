"""`povsim serve`: the dashboard, in a browser on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.shared import BAD_INPUT, Threads, allow_outside, fail, plain_errors

if TYPE_CHECKING:
    from socket import socket

PORT = 8765


def serve(
    served: Annotated[
        Path, typer.Argument(metavar="DIR|SCENARIO", help="A scenario file, or a folder of scenarios and saved runs.")
    ],
    results: Annotated[
        Path | None, typer.Option(help="Folder in which runs are kept; DIR where it holds runs, results otherwise.")
    ] = None,
    scale: Annotated[float, typer.Option(help="Share of villages in a run, unless the page says otherwise.")] = 0.05,
    threads: Threads = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = PORT,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    remote: Annotated[bool, typer.Option("--remote", help="Allow a --host that other machines reach.")] = False,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
) -> None:
    """Move the levers of a scenario in a browser, run it and compare runs."""
    with plain_errors():
        from sim.dashboard.app import serve as answer
        from sim.dashboard.guard import is_loopback
        from sim.dashboard.shelf import open_shelf
        from sim.dashboard.site import Site

        if not 0 < scale <= 1:
            raise typer.BadParameter("must lie above 0 and at most at 1", param_hint="--scale")
        if not is_loopback(host) and not remote:
            raise typer.BadParameter(f"other machines reach {host}; say --remote if they may", param_hint="--host")
        if not served.exists():
            fail(f"{served}: no such file or folder", BAD_INPUT)
        if results is not None and results.exists() and not results.is_dir():
            fail(f"{results} is a file; --results names a folder", BAD_INPUT)
        shelf = open_shelf(served, results)
        site = Site(shelf, scale, threads, outside=allow_outside.get())
        for name in shelf.scenarios if served.is_file() else ():
            site.read(name)
        listening = _listen(host, port)
        address = f"http://{_written(host)}:{listening.getsockname()[1]}/?key={site.own.key}"
        typer.echo(f"{address}\nruns are kept in {shelf.folder}; stop with Ctrl-C")
        if not is_loopback(host):
            typer.echo("warning: whoever has this address can start runs here; nothing is encrypted", err=True)
        if show and _has_screen():
            _open(address)
    try:
        answer(site, listening, remote)
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)


def _listen(host: str, port: int) -> socket:
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        fail(f"{host}:{port}: {error.strerror or error}; another --port may be free, and --port 0 is", BAD_INPUT)
    listening.listen()
    return listening


def _written(host: str) -> str:
    """A host as an address has it; this machine's name where it listens on all of them."""
    if host in ("0.0.0.0", "::"):
        import socket

        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def _has_screen() -> bool:
    """Whether a browser of its own could open, and not one within the terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open(address: str) -> None:
    import webbrowser

    webbrowser.open(address)
