"""One run in a process of its own: reads a job from standard input, writes what happens as lines of JSON.

The process ends with its run, and so gives back all memory that a region took. It needs nobody to watch it: when the
dashboard is gone, the first line that it can not write ends it, and what it had begun is taken away.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from sim.run import Pace


def main() -> None:
    """Run the job on standard input; exit code 0 when its folder is written, 1 otherwise."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Whatever a library prints goes to standard error; the lines of JSON have the pipe for themselves.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as lines:
        os.dup2(2, 1)
        job = json.load(sys.stdin)
        try:
            _run(job, lines)
        except BrokenPipeError:
            sys.exit(1)
        except Exception as error:
            _say(lines, error=f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
            sys.exit(1)


def _say(lines: IO[str], **what: Any) -> None:
    lines.write(json.dumps(what) + "\n")
    lines.flush()


def _run(job: dict[str, Any], lines: IO[str]) -> None:
    from sim.kernel.cache import is_warm
    from sim.language import Language
    from sim.report.page import render
    from sim.results import write_results
    from sim.run import run_scenario
    from sim.scenario import load_scenario

    pace = Pace()

    def advance(months: int, of: int, household_months: int) -> None:
        pace.count(household_months)
        left = None
        if pace.per_second:
            left = (of - months) * household_months / months / pace.per_second
        _say(lines, months=months, of=of, per_second=pace.per_second, seconds_left=left)

    _say(lines, phase="population" if is_warm() else "compiling")
    with TemporaryDirectory(prefix="povsim-") as folder:
        file = Path(folder) / "scenario.yaml"
        file.write_text(job["scenario"], encoding="utf-8")
        loaded = load_scenario(file, job["settings"])
    record = run_scenario(loaded, job["threads"], progress=advance)
    _say(lines, phase="report")
    write_results(Path(job["folder"]), record, render(record, Language(job["language"])))


if __name__ == "__main__":
    main()
