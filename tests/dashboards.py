"""What tests of the dashboard share: a shelf with made-up runs, a server that answers, and a visitor's requests."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import uvicorn
from made_history import made_record

from sim.dashboard.app import make_app
from sim.dashboard.shelf import Shelf
from sim.dashboard.site import Site
from sim.results import write_results

SCENARIOS = Path(__file__).parent.parent / "scenarios"


def made_run(folder: Path, name: str, *overrides: str, report: str = "<h1>report</h1>") -> None:
    """A saved run of a made-up history of Ganzhou."""
    write_results(folder / name, made_record(overrides, villages=20, spells=20), report)


def three_runs(folder: Path) -> Path:
    """Saves the base, a run with levers moved, and one of another population; gives the folder back."""
    made_run(folder, "base")
    made_run(folder, "moved", "health.reimbursed=0.7", "instruments.dibao.off=true", "name=Moved")
    made_run(folder, "smaller", "population.scale=0.5")
    return folder


def made_site(folder: Path, *scenarios: Path) -> Site:
    """A start that serves some scenarios and the runs of a folder."""
    return Site(Shelf({each.stem: each for each in scenarios}, folder), 0.05, 1, outside=True)


@dataclass
class Answer:
    """What the server said."""

    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


class Visitor:
    """Requests of somebody; paths are sent as they are written, which no browser does."""

    def __init__(self, site: Site, port: int) -> None:
        self.site, self.port = site, port
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **headers}
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in sent.items()})
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookies |= {key: morsel.value for key, morsel in SimpleCookie(value).items()}
        text = answer.read().decode()
        connection.close()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def sign_in(self, more: str = "") -> Answer:
        """Opens the address that the command prints."""
        return self.get(f"/?key={self.site.own.key}{more}")

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        """A post with the page's token, unless another one is given."""
        data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        return self.ask("POST", path, data, **{"X_Povsim_Token": self.site.own.token, **headers})


@contextmanager
def visitor(site: Site, key: bool = True) -> Iterator[Visitor]:
    """A visitor of a server that runs in this process; one who has the key or not."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = uvicorn.Server(
            uvicorn.Config(make_app(site, port, False), log_level="critical", ws="none", lifespan="on")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            guest = Visitor(site, port)
            if key:
                guest.sign_in()
            yield guest
        finally:
            server.should_exit = True
            thread.join()
