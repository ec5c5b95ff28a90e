"""Values of a sweep as the ``path=value`` texts that a scenario is changed with."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import Any


def setting(path: str, value: Any) -> str:
    """One value of a scenario as `--set` takes it; JSON is YAML."""
    return f"{path}={json.dumps(value, allow_nan=False, ensure_ascii=False)}"


def command(scenario: str, settings: Sequence[str]) -> str:
    """What to type to make one run of a sweep again, alone and with its full report.

    A sweep takes the scenario as it stands; `povsim run` would put its region's fit in place.
    """
    options = [part for each in settings for part in ("--set", each)]
    return shlex.join(["povsim", "run", scenario, *options, "--threads", "1", "--no-fit"])
