"""Imports point down only, rules do not know one another, and files stay small enough to be read."""

import ast
import re
from pathlib import Path

import pytest

from sim.kernel.cache import ABOVE_THE_KERNELS

ROOT = Path(__file__).parent.parent
LINES = 350
RULE_LINES = 80

# From the bottom up; a file may import what stands below it, and what stands beside it in the same entry.
LAYERS = (
    ("sim.errors",),
    ("calibration.evidence", "calibration.sources"),
    ("sim.analysis",),
    ("sim.calendar", "sim.language", "sim.shipped"),
    ("sim.sweep.executors", "sim.sweep.processes", "sim.sweep.cluster", "sim.sweep.queued", "sim.sweep.node_folder"),
    ("sim.kernel",),
    ("sim.columns",),
    (
        "sim.economy_rules",
        "sim.interventions",
        "sim.register.assess",
        "sim.register.standing",
        "sim.register.status",
    ),
    ("sim.month",),
    ("sim.scenario",),
    ("calibration.paths",),
    ("calibration.fitted",),
    ("calibration.use",),
    ("sim.history",),
    ("sim.engine", "sim.enrolments", "sim.admission"),
    (
        "sim.parameters",
        "sim.areas",
        "sim.places",
        "sim.instruments",
        "sim.microdata",
        "sim.margins",
        "sim.population",
        "sim.spells",
    ),
    ("sim.candidate_lists",),
    (
        "sim.register.december",
        "sim.register.areas",
        "sim.register.causes",
        "sim.candidate_lists",
        "sim.openings",
        "sim.yearly",
    ),
    ("sim.recorder", "sim.checkpoint", "sim.finite"),
    ("sim.world",),
    ("sim.measures",),
    ("sim.reported",),
    ("sim.results", "sim.economy", "sim.sweep.identity", "calibration.market_path"),
    (
        "sim.analysis.outcomes",
        "sim.analysis.draws",
        "sim.analysis.effect_sizes",
        "sim.analysis.runs",
        "sim.analysis.shapley",
        "sim.analysis.uncertainty",
    ),
    ("sim.analysis.comparable", "sim.analysis.game"),
    ("sim.analysis.samples", "sim.analysis.relapse", "sim.analysis.budget_search"),
    ("sim.analysis.portfolio",),
    ("sim.analysis.trials", "sim.analysis.frontier"),
    ("sim.analysis.marginal",),
    ("sim.analysis.budget_candidates",),
    ("sim.analysis.compare", "sim.analysis.attribution", "sim.analysis.budget"),
    ("sim.analysis.risk_accuracy", "sim.analysis.risk_futures", "sim.analysis.risk_period"),
    ("sim.analysis.risk_observables", "sim.analysis.risk_watch"),
    ("sim.analysis.risk_model", "sim.analysis.risk_tables", "sim.analysis.risk_start"),
    ("sim.analysis.risk_monitoring", "sim.analysis.risk_effects"),
    ("sim.analysis.risk",),
    (
        "calibration.sheet",
        "calibration.survey",
        "calibration.rivals",
    ),
    ("calibration.operators", "calibration.priors"),
    ("calibration.targets",),
    ("calibration.simulate",),
    ("calibration.runs", "calibration.problem", "calibration.design", "calibration.emulate"),
    ("calibration.fit", "calibration.posterior"),
    ("calibration.diagnose",),
    ("calibration.pipeline", "calibration.validate", "calibration.recovery", "calibration.compare"),
    (
        "calibration.record",
        "calibration.confirm",
        "calibration.tables",
        "calibration.score",
        "calibration.effects",
        "calibration.transfer",
    ),
    ("calibration.findings",),
    ("sim.run",),
    ("sim.report",),
    ("sim.sweep",),
    ("calibration.report", "sim.interface"),
    ("sim.progress",),
    ("sim.dashboard",),
    ("sim.commands",),
    ("sim.cli",),
)
RULE_FILES = [
    *sorted((ROOT / "sim" / "economy_rules").glob("*.py")),
    *sorted((ROOT / "sim" / "interventions").glob("*.py")),
    ROOT / "sim" / "register" / "assess.py",
    ROOT / "sim" / "register" / "standing.py",
]
SOURCES = sorted([*(ROOT / "sim").rglob("*.py"), *(ROOT / "calibration").rglob("*.py")])
TESTS = sorted((ROOT / "tests").glob("*.py"))


def module(path):
    """Dotted name of a source file; a package is named without its __init__."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def named(path):
    return str(path.relative_to(ROOT))


def length(path):
    return path.read_text().count("\n")


def within(name, package):
    return name == package or name.startswith(f"{package}.")


def level(name):
    """Layer of a module, that of the longest entry it lies in; None where no entry holds it."""
    held = [(len(entry), number) for number, layer in enumerate(LAYERS) for entry in layer if within(name, entry)]
    return max(held)[1] if held else None


def only_for_types(node):
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports(tree):
    """Modules that a file imports when it runs, also within functions; not those it needs for types alone."""
    pending, found = [tree], []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        pending += [child for child in ast.iter_child_nodes(node) if not only_for_types(child)]
    return found


def imported_by(path):
    return imports(ast.parse(path.read_text()))


def at_home(name):
    """Whether a name lies in one of the project's packages; a package itself holds no more than a version."""
    return any(name.startswith(f"{package}.") for package in ("sim", "calibration"))


def test_the_reader_of_imports_sees_what_it_should():
    """Imports within functions count, those for types alone do not."""
    text = "import a\nif TYPE_CHECKING:\n    import b\ndef f():\n    from c.d import e"
    assert sorted(imports(ast.parse(text))) == ["a", "c.d.e"]


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_imports_point_down(path):
    mine = module(path)
    if mine in ("sim", "calibration", "sim.register"):
        assert not [name for name in imported_by(path) if at_home(name)], "a bare package imports nothing"
        return
    here = level(mine)
    assert here is not None, f"{mine} stands in no layer; say where it belongs"
    for name in filter(at_home, imported_by(path)):
        there = level(name)
        assert there is not None, f"{mine} imports {name}, which stands in no layer"
        assert there <= here, f"{mine} imports {name}, which lies above it"


@pytest.mark.parametrize("path", RULE_FILES, ids=named)
def test_rule_files_do_not_import_one_another(path):
    rules = {module(each) for each in RULE_FILES}
    for name in imported_by(path):
        assert not any(within(name, rule) for rule in rules if rule != module(path)), f"imports {name}"


@pytest.mark.parametrize("path", RULE_FILES, ids=named)
def test_rule_files_import_the_columns_and_the_kernel_alone(path):
    for name in filter(at_home, imported_by(path)):
        assert within(name, "sim.columns") or within(name, "sim.kernel"), f"imports {name}"


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_only_the_economy_imports_mesa(path):
    if not within(module(path), "sim.economy"):
        assert not [name for name in imported_by(path) if within(name, "mesa")]


@pytest.mark.parametrize("package", ABOVE_THE_KERNELS)
def test_what_the_compile_cache_ignores_holds_no_kernel_and_stands_above_all_that_do(package):
    """A kernel of these packages, or one that reads a constant of theirs, could be a stale one."""
    mine = [path for path in SOURCES if within(module(path), f"sim.{package}")]
    assert not [path for path in mine if re.search(r"\bnjit\b|@rule", path.read_text())]
    for path in SOURCES:
        if re.search(r"\bnjit\b|@rule", path.read_text()):
            assert not [name for name in imported_by(path) if within(name, f"sim.{package}")]


@pytest.mark.parametrize("path", [path for path in SOURCES if within(module(path), "calibration.evidence")], ids=named)
def test_evidence_knows_nothing_of_the_simulation(path):
    assert not [name for name in imported_by(path) if within(name, "sim")]


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=named)
def test_no_file_is_longer_than_a_reader_bears(path):
    assert length(path) <= LINES


@pytest.mark.parametrize("path", RULE_FILES, ids=named)
def test_rule_files_are_short(path):
    assert length(path) < RULE_LINES
