"""What all pages of one start share: what is served, the queue, the secrets, and how a run is ordered."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calibration.evidence import evidence_hash
from sim.dashboard.changes import said
from sim.dashboard.export import as_yaml
from sim.dashboard.guard import Secrets
from sim.dashboard.jobs import Jobs
from sim.dashboard.settings import Errors, Positions, positions
from sim.dashboard.shelf import Shelf
from sim.dashboard.source import Source, read_source
from sim.kernel.cache import sources_hash
from sim.language import Language
from sim.scenario import LoadedScenario
from sim.scenario.within import root_of

LONGEST_NAME = 120
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Wish:
    """A run that the browser asks for, checked.

    Attributes
    ----------
    moved : levers that stand elsewhere than in the scenario
    loaded : the scenario as it will run
    run : name of its folder: the same wish has the same folder as long as program and evidence are the same
    """

    source: Source
    moved: Positions
    name: str
    scale: float
    seed: int
    loaded: LoadedScenario
    run: str


@dataclass
class Site:
    """One start of the dashboard.

    Attributes
    ----------
    scale : share of the villages that a run has unless the page says otherwise
    threads : of a run; all processors where it is None
    outside : whether a scenario may extend files outside of its folder
    """

    shelf: Shelf
    scale: float
    threads: int | None
    outside: bool = False
    own: Secrets = field(default_factory=Secrets)
    jobs: Jobs = field(default_factory=Jobs)
    # matplotlib keeps settings for the whole process: one page with figures is made at a time.
    drawing: threading.Lock = field(default_factory=threading.Lock)
    _sources: dict[str, Source] = field(default_factory=dict)

    def read(self, name: str) -> Source:
        """Read a served scenario anew, as its page does.

        Raises
        ------
        KeyError
            Where none is served under this name.
        ScenarioError
            Where the file is wrong.
        """
        path = self.shelf.scenarios[name]
        self._sources[name] = source = read_source(name, path, None if self.outside else root_of(path))
        return source

    def source(self, name: str) -> Source:
        """A served scenario as its page last read it; raises as `read` does."""
        return self._sources[name] if name in self._sources else self.read(name)

    def wish(self, sent: Mapping[str, Any], text: Language) -> Wish | Errors:
        """What a browser asks for, or what is wrong with it: lever, "scale", "seed" or "" -> messages."""
        source = self.source(sent["scenario"])
        moved, errors = positions(source.levers, sent.get("levers", {}), text)
        scale, seed = sent.get("scale", self.scale), sent.get("seed", source.loaded.scenario.seed)
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale <= 1:
            errors["scale"] = [text("must lie above 0 and at most at 1")]
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
            errors["seed"] = [text("must be a whole number from 0 on")]
        if errors:
            return errors
        loaded = source.with_settings(moved, sized(scale, seed), text)
        if not isinstance(loaded, LoadedScenario):
            return loaded
        name = _one_line(str(sent.get("name") or "")) or _name(source, moved, text)
        return Wish(source, moved, name, scale, seed, loaded, _folder_name(source, loaded))

    def order(self, wish: Wish, text: Language) -> dict[str, Any]:
        """What the worker is told; the report of the run speaks the language of the page."""
        base = self.shelf.scenarios[wish.source.id].resolve()
        return {
            "scenario": as_yaml(wish.source, wish.moved, wish.name, str(base)),
            "settings": sized(wish.scale, wish.seed),
            "threads": self.threads,
            "language": text.code,
            "folder": str((self.shelf.folder / wish.run).absolute()),
        }

    def export(self, wish: Wish, text: Language) -> tuple[str, str]:
        """Name and text of the file that says what was changed."""
        base = self.shelf.scenarios[wish.source.id].name
        stem = re.sub(r"[^a-z0-9]+", "_", wish.name.lower()).strip("_")[:60] or "scenario"
        if stem == Path(base).stem:
            stem += "_changed"
        head = f"Made in the dashboard. Save it beside {base}; then this gives the run that the dashboard makes:\n"
        head += f"povsim run {stem}.yaml --scale {wish.scale!r} --seed {wish.seed}"
        head += "" if text.code == "en" else f" --lang {text.code}"
        return f"{stem}.yaml", as_yaml(wish.source, wish.moved, wish.name, base, _one_comment(head))


def sized(scale: float, seed: int) -> list[str]:
    """Settings for the size and the luck of a run, as the command line makes them."""
    return [f"population.scale={scale!r}", f"seed={seed!r}"]


def _name(source: Source, moved: Positions, text: Language) -> str:
    """The scenario's name, and what was moved first."""
    name = source.loaded.scenario.name
    if not moved:
        return name
    first, *others = (said(source, source.levers[each], where, text) for each, where in moved.items())
    more = f" (+{len(others)})" if others else ""
    return _one_line(f"{name} – {first}{more}")


def _one_line(name: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in name).split())[:LONGEST_NAME].strip()


def _one_comment(head: str) -> str:
    """Lines of a comment; a file's name may hold a line break."""
    return "\n".join(_one_line_of(line) for line in head.split("\n"))


def _one_line_of(line: str) -> str:
    return "".join(each if each.isprintable() else " " for each in line)


def _folder_name(source: Source, loaded: LoadedScenario) -> str:
    made_of = f"{loaded.hash} {sources_hash()} {evidence_hash()}"
    return f"{source.id}-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}"
