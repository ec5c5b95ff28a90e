"""What `povsim doctor` looks at; each check says what it found and, where something is to be done, what."""

from __future__ import annotations

import os
import platform
import shutil
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement

OK, NOTE, MISSING, BROKEN = "ok", "note", "missing", "broken"
PROJECT = "poverty-exit"
PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
FOR = {
    "analysis": "povsim sweep analyse",
    "calibrate": "povsim calibrate",
    "cluster": "povsim sweep on a cluster or with Dask",
    "notebook": "the notebooks",
    "test": "the project's own tests",
}
SCHEDULERS = {"sbatch": "Slurm", "qsub": "PBS", "bsub": "LSF"}
# Most memory and size of the result of `povsim run scenarios/ganzhou.yaml --threads 1` with --scale 0.02, 0.1 and 0.2,
# 380, 396 and 443 MB, and 1.1, 2.0 and 2.9 MB, carried on to the whole region.
HOUSEHOLDS = 1_898_000
FIXED_BYTES = 380_000_000
BYTES_A_HOUSEHOLD = 250
DISK = 11_000_000


class Finding(NamedTuple):
    """What one check found: ``ok``, ``note`` (it works, but), ``missing`` (needed for some commands) or ``broken``."""

    name: str
    state: str
    message: str


def everything() -> list[Finding]:
    """All checks, in the order in which they matter."""
    return [
        _python(),
        *_packages(),
        *_extras(),
        _cache(),
        _scenarios(),
        _font(),
        _memory(),
        _disk(),
        _cores(),
        *_cluster(),
    ]


def _python() -> Finding:
    version = platform.python_version()
    if Requirement(f"python{_declared()['python']}").specifier.contains(version):
        return Finding("python", OK, version)
    return Finding("python", BROKEN, f"{version}, but {_declared()['python']} is needed: install a newer Python")


@cache
def _declared() -> dict[str, Any]:
    """What the project asks for: from its source where that is there, from the installed package otherwise."""
    if PYPROJECT.is_file():
        content = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
        project, pins = content["project"], content["tool"]["uv"]["constraint-dependencies"]
        extras = project["optional-dependencies"]
        return {"python": project["requires-python"], "needed": project["dependencies"], "extras": extras, "pins": pins}
    installed = metadata.metadata(PROJECT)
    wanted = [Requirement(each) for each in metadata.requires(PROJECT) or ()]
    return {
        "python": installed["Requires-Python"],
        "needed": [str(each) for each in wanted if each.marker is None],
        "extras": {
            extra: [_bare(each) for each in wanted if each.marker and each.marker.evaluate({"extra": extra})]
            for extra in installed.get_all("Provides-Extra") or ()
        },
        "pins": [],
    }


def _bare(requirement: Requirement) -> str:
    return f"{requirement.name}{requirement.specifier}"


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _wrong(requirements: list[str]) -> list[str]:
    """Requirements that are not met, in words."""
    wrong = []
    for requirement in map(Requirement, requirements):
        version = _installed(requirement.name)
        if version is None:
            wrong.append(f"{requirement.name} is not installed")
        elif not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} is {version}, needed {requirement.specifier}")
    return wrong


def _packages() -> Iterator[Finding]:
    needed = _declared()["needed"]
    if wrong := _wrong(needed):
        yield Finding("packages", BROKEN, f"{'; '.join(wrong)}: pip install --upgrade {PROJECT}")
    else:
        yield Finding("packages", OK, f"all {len(needed)} that every command needs")
    pins = [pin for pin in map(Requirement, _declared()["pins"]) if pin.marker is None or pin.marker.evaluate()]
    others = [
        f"{pin.name} {version} (tested: {str(pin.specifier).removeprefix('==')})"
        for pin in pins
        if (version := _installed(pin.name)) is not None and not pin.specifier.contains(version, prereleases=True)
    ]
    if others:
        yield Finding("versions", NOTE, f"other than tested: {', '.join(others)}; `uv sync` installs the tested ones")
    elif pins:
        yield Finding("versions", OK, "those that the project is tested with")


def _extras() -> Iterator[Finding]:
    for extra, requirements in _declared()["extras"].items():
        own = [each for each in requirements if Requirement(each).name != PROJECT]
        purpose = f"for {FOR[extra]}" if extra in FOR else "optional"
        if wrong := _wrong(own):
            yield Finding(extra, MISSING, f"{purpose}; {'; '.join(wrong)}: pip install '{PROJECT}[{extra}]'")
        else:
            yield Finding(extra, OK, f"{purpose}: {', '.join(Requirement(each).name for each in own)}")


def _cache() -> Finding:
    from sim.kernel.cache import folder, is_warm

    where = folder()
    if where is None:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / PROJECT
        remedy = f"chmod 700 {base}, or name another folder in XDG_CACHE_HOME"
        return Finding(
            "compile cache",
            NOTE,
            f"{base} can not be used or others may write to it, so that every start compiles for 30 s: {remedy}",
        )
    if not os.access(where, os.W_OK):
        return Finding(
            "compile cache", NOTE, f"{where} is not writable: every start compiles for 30 s; chmod 700 {where}"
        )
    if not is_warm():
        return Finding(
            "compile cache", NOTE, f"{where}: empty for these sources; the first run compiles for about 30 s"
        )
    return Finding("compile cache", OK, f"{where}: compiled for these sources")


def _scenarios() -> Finding:
    from sim.commands.new import regions
    from sim.shipped import SHIPPED

    if regions():
        return Finding("scenarios", OK, f"{SHIPPED}: {', '.join(regions())}")
    return Finding(
        "scenarios", MISSING, f"none in {SHIPPED}, where povsim new --region looks; name a file with --extends"
    )


def _font() -> Finding:
    """A font of this machine that has the characters of 脱贫."""
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    # The machine's files, not matplotlib's list of them, which does not know what was installed since it was made.
    for file in sorted(font_manager.findSystemFonts()):
        try:
            font = FT2Font(file)
        except (OSError, RuntimeError):
            continue
        if {ord(each) for each in "脱贫"} <= font.get_charmap().keys():
            return Finding("Chinese font", OK, font.family_name)
    remedy = "apt install fonts-noto-cjk, or the smaller fonts-wqy-microhei"
    return Finding(
        "Chinese font", MISSING, f"for reading Chinese reports and drawing Chinese figures on this machine: {remedy}"
    )


def _free_memory() -> int | None:
    """Bytes that programs can still have, as Linux says it."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return None if kilobytes is None else 1024 * int(kilobytes)


def _memory() -> Finding:
    needed = FIXED_BYTES + BYTES_A_HOUSEHOLD * HOUSEHOLDS
    free = _free_memory()
    if free is None:
        return Finding(
            "memory", NOTE, f"unknown; all {HOUSEHOLDS:,} households of Ganzhou take about {needed / 1e9:.1f} GB"
        )
    message = f"{free / 1e9:.1f} GB free; all {HOUSEHOLDS:,} households of Ganzhou take about {needed / 1e9:.1f} GB"
    if free >= needed:
        return Finding("memory", OK, message)
    return Finding(
        "memory", NOTE, f"{message}: --scale {max(0.01, (free - FIXED_BYTES) / (needed - FIXED_BYTES)):.2f} fits"
    )


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    message = f"{free / 1e9:.1f} GB free in {Path.cwd()}; a run of Ganzhou writes about {DISK / 1e6:.0f} MB"
    return Finding("disk", OK if free >= DISK else NOTE, message)


def _cores() -> Finding:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Finding("cores", OK, f"{cores}; povsim run uses all of them, --threads fewer")


def _cluster() -> Iterator[Finding]:
    for command, system in SCHEDULERS.items():
        found = shutil.which(command)
        message = found or f"only for sweeps on a cluster with {system}; start them on its login node"
        yield Finding(f"{system} ({command})", OK if found else MISSING, message)
