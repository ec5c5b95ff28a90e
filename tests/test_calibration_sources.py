"""What a fit depends on: every module that a run imports, its code and nothing else of it."""

from __future__ import annotations

from test_layers import ROOT, imported_by, module

from calibration.sources import ABOVE_A_RUN, WORDING, code, sources

# They are imported by what is hashed and decide nothing: reading sheets, checking them, the shape of a target.
READING = {
    "calibration.evidence",
    "calibration.priors",
    "calibration.sheet",
    "calibration.targets",
    "calibration.sources",
}


def within(name, packages):
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def test_whatever_a_simulation_imports_is_hashed_or_words_or_reads():
    files = sorted([*(ROOT / "sim").rglob("*.py"), *(ROOT / "calibration").rglob("*.py")])
    known = {module(path): path for path in files}
    pending, reached = ["calibration.simulate", "sim.world"], set()
    while pending:
        name = pending.pop()
        while name not in known and "." in name:
            name = name.rpartition(".")[0]
        if name in known and name not in reached:
            reached.add(name)
            pending += imported_by(known[name])
    hashed = {module(path) for path in sources()}
    harmless = {f"sim.scenario.{name.removesuffix('.py')}" for name in WORDING}
    harmless |= {f"sim.{name.removesuffix('.py')}" for name in ABOVE_A_RUN}
    assert reached > {"sim.month", "sim.register.december", "calibration.operators"}
    assert not {name for name in reached - hashed if not within(name, harmless | READING)}


def test_a_page_and_a_command_do_not_count():
    names = {path.relative_to(ROOT).as_posix() for path in sources()}
    assert {"sim/month.py", "sim/scenario/load.py", "calibration/operators.py"} <= names
    assert not {name for name in names if name.startswith(("sim/report/", "sim/commands/", "sim/language/"))}


def test_comments_docstrings_and_blank_lines_are_no_code():
    text = '"""A module."""\n\n# why\ndef f():\n    """One.\n\n    Two.\n    """\n    return "a # b"  # c\n'
    assert list(code(text)) == ["def f():", '    return "a # b"  # c']
