"""`povsim new`, `diff`, `doctor` and what the shell completes, as a newcomer calls them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.commands import completion, doctor_checks
from sim.commands.new import regions
from sim.scenario import load_scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"
TEMPLATE = SCENARIOS / "template.yaml"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def povsim(*arguments, code=0):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.stderr


def written(folder, text):
    """A scenario that extends the template."""
    file = folder / "changed.yaml"
    file.write_text(f"extends: {TEMPLATE}\n{text}", encoding="utf-8")
    return file


# new


def test_regions_are_those_that_are_shipped():
    assert regions() == ["ankang", "ganzhou", "nanchang_county"]


@pytest.mark.parametrize("region", regions())
def test_a_new_scenario_changes_nothing_and_names_its_schema(folder, region):
    povsim("new", "mine.yaml", "--region", region)
    assert load_scenario("mine.yaml").hash == load_scenario(SCENARIOS / f"{region}.yaml").hash
    schema = (folder / "mine.yaml").read_text("utf-8").splitlines()[0].partition("$schema=")[2]
    assert (folder / schema).resolve() == SCENARIOS / "schema.json"


@pytest.mark.parametrize("base", ["ganzhou", "ankang", "nanchang_county", "template"])
def test_every_example_of_a_new_scenario_is_valid(folder, base):
    """Taking all the # away at once."""
    povsim("new", "mine.yaml", "--extends", SCENARIOS / f"{base}.yaml")
    head, extends, body = (folder / "mine.yaml").read_text("utf-8").partition("extends:")
    examples = head + extends + re.sub(r"(?m)^#(?! \S)", "", body)
    (folder / "mine.yaml").write_text(examples, encoding="utf-8")
    changed = load_scenario("mine.yaml").scenario
    assert changed.switched_off
    assert changed.withdrawn is not None
    assert changed.shocks


def test_a_complete_one_is_the_template(folder):
    povsim("new", "county.yaml")
    assert load_scenario("county.yaml").hash == load_scenario(TEMPLATE).hash
    assert (folder / "county.yaml").read_text("utf-8").splitlines()[1:] == TEMPLATE.read_text("utf-8").splitlines()[1:]


def test_nothing_is_replaced_without_force(folder):
    (folder / "mine.yaml").write_text("mine", encoding="utf-8")
    assert "--force" in povsim("new", "mine.yaml", "--region", "ankang", code=2)
    assert (folder / "mine.yaml").read_text("utf-8") == "mine"
    povsim("new", "mine.yaml", "--region", "ankang", "--force")
    assert [path.name for path in folder.iterdir()] == ["mine.yaml"]


def test_what_new_refuses(folder):
    assert "did you mean" in povsim("new", "mine.yaml", "--region", "ganzhuo", code=2)
    assert "not both" in povsim("new", "mine.yaml", "--region", "ankang", "--extends", TEMPLATE, code=2)
    assert "is no folder" in povsim("new", "nowhere/mine.yaml", code=2)
    assert "no such file" in povsim("new", "mine.yaml", "--extends", "nothing.yaml", code=2)
    assert list(folder.iterdir()) == []


# diff


def test_the_same_scenario_does_not_differ(folder):
    assert "No difference that affects results." in povsim("diff", TEMPLATE, TEMPLATE)
    renamed = written(folder, "name: another\ninstruments: {dibao: {label: another}}\n")
    assert json.loads(povsim("diff", TEMPLATE, renamed, "--json"))["identical"]


def test_every_effective_difference_is_told_with_unit_and_source(folder):
    changed = written(
        folder,
        """\
health: {incidence: {value: 0.07, assumed: an older county}}
lines:
  survey: {2015: {value: 2900, assumed: dearer food}, 2021: 3400}
instruments:
  dibao: {refill: false}
  tea_gardens: {off: true}
  shelters: {mechanism: enabling, places: {2016-01: 1}, effect: {source: shelter, share: 0.5}}
shocks: []
register: {review: {plans: [{since: 2016, deadline: 2018}, {since: 2019, deadline: 2020}]}}
""",
    )
    found = json.loads(povsim("diff", TEMPLATE, changed, "--json"))
    assert found["instruments"] == {
        "added": ["shelters"],
        "removed": [],
        "switched_off": ["tea_gardens"],
        "switched_on": [],
    }
    values = {(each["path"], each["at"]): each for each in found["values"]}
    made_up = "assumed: made up for the template"
    incidence = values.pop(("health.incidence", None))
    assert (incidence["first"], incidence["second"]) == (
        {"value": 0.05, "source": made_up},
        {"value": 0.07, "source": "assumed: an older county"},
    )
    assert incidence["unit"] == "share"
    line = values.pop(("lines.survey", "2015"))
    assert line["unit"] == "yuan per person and year"
    assert (line["first"]["source"], line["second"]["value"]) == ("evidence: line_2015", 2900)
    assert values.pop(("lines.survey", "2021"))["first"] is None
    assert values.pop(("instruments.dibao.refill", None))["second"] == {"value": False, "source": ""}
    (shock,) = [key for key in values if key[0] == "shocks"]
    assert values.pop(shock)["second"] is None
    assert values.pop(("register.review.plans", "{since: 2018, deadline: 2020, share: 0.4}"))["second"] is None
    assert values.pop(("register.review.plans", "{since: 2019, deadline: 2020}"))["first"] is None
    assert values == {}


def test_the_text_fits_a_terminal_and_names_both_sides(folder):
    shown = povsim("diff", SCENARIOS / "ganzhou.yaml", SCENARIOS / "counterfactuals/ganzhou/everything_at_once.yaml")
    lines = shown.splitlines()
    assert max(map(len, lines[2:])) <= 80
    told = " ".join(shown.split())
    assert "lines.exit (yuan per person and year)" in told
    assert "A not stated B 2021 4,240, 2022 4,494" in told
    assert "instruments.{public_posts, ecological_rangers, dibao," in told
    assert "instruments.pension.ends" in told
    assert "{kind: disaster, from: 2021-06, months: 12, change: -0.5, county: all, villages: poor}" in told


def test_values_of_an_instrument_that_does_not_run_are_no_difference(folder):
    both_off = written(folder, "instruments: {tea_gardens: {off: true}}\n")
    again = folder / "again.yaml"
    again.write_text("extends: changed.yaml\ninstruments: {tea_gardens: {uptake: 0.1}}\n", encoding="utf-8")
    assert "No difference" in povsim("diff", both_off, again)


def test_defaults_and_numbers_without_a_source_are_called_so(folder):
    changed = written(folder, "instruments: {pairing: {uptake: 0.5, assumed: why}, dibao: {uptake: 0.9}}\n")
    found = json.loads(povsim("diff", TEMPLATE, changed, "--json"))["values"]
    assert {each["path"]: (each["first"]["source"], each["second"]["source"]) for each in found} == {
        "instruments.dibao.uptake": ("default", "no source"),
        "instruments.pairing.uptake": ("default", "assumed: why"),
    }


def test_a_bad_file_is_refused(folder):
    assert "extends" in povsim("diff", TEMPLATE, written(folder, "sead: 3\n"), code=2)


# doctor


def states():
    return {each.name: each.state for each in doctor_checks.everything()}


def test_this_installation_is_not_broken():
    found = json.loads(povsim("doctor", "--json"))
    assert {each["state"] for each in found} <= {"ok", "note", "missing"}
    names = {each["name"] for each in found}
    assert {"python", "packages", "compile cache", "Chinese font", "memory", "disk", "cores", "Slurm (sbatch)"} <= names
    assert {"analysis", "calibrate", "cluster"} <= names
    lines = povsim("doctor").splitlines()
    assert max(map(len, lines)) <= 100


def test_a_font_that_matplotlib_has_not_listed_yet_is_found(monkeypatch):
    from matplotlib import font_manager

    if doctor_checks._font().state == "missing":
        pytest.skip("no Chinese font is installed (Debian: fonts-noto-cjk)")
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    assert doctor_checks._font().state == "ok"


def test_a_machine_without_fonts_is_told_which_to_install(monkeypatch):
    from matplotlib import font_manager

    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    assert "fonts-noto-cjk" in doctor_checks._font().message


def test_a_needed_package_that_is_missing_or_old_breaks_it(monkeypatch):
    declared = doctor_checks._declared() | {"needed": ["numpy>=99", "no_such_package"]}
    monkeypatch.setattr(doctor_checks, "_declared", lambda: declared)
    told = " ".join(CliRunner().invoke(app, ["doctor"]).stdout.split())
    assert "numpy is " in told
    assert "no_such_package is not installed" in told
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 1


def test_an_extra_that_is_missing_says_what_it_is_for(monkeypatch):
    declared = doctor_checks._declared() | {"extras": {"cluster": ["no_such_package"]}}
    monkeypatch.setattr(doctor_checks, "_declared", lambda: declared)
    (cluster,) = [each for each in doctor_checks.everything() if each.name == "cluster"]
    assert cluster.state == "missing"
    assert "povsim sweep" in cluster.message
    assert "pip install 'poverty-exit[cluster]'" in cluster.message


def test_another_version_than_the_tested_one_is_noted(monkeypatch):
    declared = doctor_checks._declared() | {"pins": ["numpy==1.0"]}
    monkeypatch.setattr(doctor_checks, "_declared", lambda: declared)
    assert states()["versions"] == "note"


def test_an_installed_package_says_what_it_needs_itself(monkeypatch):
    monkeypatch.setattr(doctor_checks, "PYPROJECT", Path("nowhere"))
    doctor_checks._declared.cache_clear()
    try:
        assert any(each.startswith("numba") for each in doctor_checks._declared()["needed"])
        assert states()["packages"] == "ok"
    finally:
        doctor_checks._declared.cache_clear()


def test_a_cache_that_others_may_write_to_is_told(monkeypatch):
    monkeypatch.setattr("sim.kernel.cache.folder", lambda: None)
    (cache,) = [each for each in doctor_checks.everything() if each.name == "compile cache"]
    assert cache.state == "note"
    assert "chmod 700" in cache.message


def test_little_memory_names_the_scale_that_fits(monkeypatch):
    monkeypatch.setattr(doctor_checks, "_free_memory", lambda: 600_000_000)
    (memory,) = [each for each in doctor_checks.everything() if each.name == "memory"]
    assert "--scale 0.46 fits" in memory.message  # (600 - 380) MB over 1,898,000 x 250 bytes


# completion


def test_scenario_files_are_completed(folder):
    (folder / "scenarios").mkdir()
    for name in ("scenarios/ganzhou.yaml", "scenarios/notes.txt", "mine.yaml", ".hidden.yaml"):
        (folder / name).touch()
    assert completion.scenario_files("") == ["mine.yaml", "scenarios/ganzhou.yaml"]
    assert completion.scenario_files("sc") == ["scenarios/ganzhou.yaml"]
    assert completion.scenario_files("scenarios/") == ["scenarios/ganzhou.yaml"]
    assert completion.scenario_files("nowhere/x") == []


def completed(line):
    """What typer answers to the bash completion of a line."""
    words = line.split(" ")
    environment = {
        "_POVSIM_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    return CliRunner().invoke(app, [], env=environment, prog_name="povsim").stdout.split()


def test_settings_are_completed_from_the_scenario(folder):
    shutil.copy(TEMPLATE, folder / "mine.yaml")
    assert completed("povsim validate mi") == ["mine.yaml"]
    assert completed("povsim validate mine.yaml --set instruments.dibao.ref") == ["instruments.dibao.refill="]
    assert completed("povsim validate mine.yaml --set instruments.dibao.o") == ["instruments.dibao.off="]
    assert completed("povsim validate nothing.yaml --set instruments.") == []
    assert completed("povsim new mine.yaml --region gan") == ["ganzhou"]
