"""Tries one input after the other, in a process that may use 2 GB, and a minute for each; keeps what breaks."""

from __future__ import annotations

import faulthandler
import hashlib
import resource
import time
import traceback
from collections import Counter
from pathlib import Path

import commands
from reading import CORPUS, read

MEMORY = 2 << 30
SECONDS = 60


def limited() -> None:
    """Bounds the memory of this process."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def kept(kind: str, data: bytes) -> Path:
    """Keeps an input in the corpus."""
    path = CORPUS / f"{kind}-{hashlib.sha256(data).hexdigest()[:10]}"
    path.write_bytes(data)
    return path


class Trial:
    """Inputs tried so far.

    Parameters
    ----------
    places : kind -> file to be written
    through_command : every how many inputs of those that can be run goes through the command line too; none for 0

    Attributes
    ----------
    counts : (kind, accepted, refused or broken) -> inputs
    could, commands : inputs that could be run, and those that went through the command line
    slowest : seconds of processor time
    """

    def __init__(self, places: dict[str, Path], through_command: int = 0) -> None:
        self.places, self.through_command = places, through_command
        self.counts: Counter[tuple[str, str]] = Counter()
        self.commands, self.could, self.slowest = 0, 0, 0.0

    def attempt(self, kind: str, data: bytes) -> bool:
        """Whether one input ends as it should."""
        path = self.places[kind]
        path.write_bytes(data)
        before = sorted(path.parent.iterdir())
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        started = time.process_time()
        try:
            result = read(kind, path)
            assert sorted(path.parent.iterdir()) == before, "something was left behind"
            self.slowest = max(self.slowest, time.process_time() - started)
            if kind in commands.RUN and self._is_turn():
                commands.run(path, result)
        except Exception as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__} at {Path(at.filename).name}:{at.lineno}"
            print(f"{kept(kind, data).name}: {where}: {str(error)[:300]}", flush=True)
            result = "broken"
        finally:
            faulthandler.cancel_dump_traceback_later()
        self.counts[kind, result] += 1
        return result != "broken"

    def _is_turn(self) -> bool:
        """Whether an input that can be run is one that goes through the command line."""
        self.could += 1
        is_turn = self.through_command > 0 and self.could % self.through_command == 0
        self.commands += is_turn
        return is_turn
