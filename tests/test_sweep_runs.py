"""Sweeps lose nothing: planned = done + failed + missing, whatever was torn, foreign, failed or made twice."""

from __future__ import annotations

import json
import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from sim.results.folder import FolderError
from sim.sweep import folder as folders
from sim.sweep.collect import collect
from sim.sweep.parts import FAILURES, RESULTS, put_aside
from sim.sweep.read import load_sweep
from sim.sweep.status import DONE, FAILED, MISSING, take_stock
from sim.sweep.work import warm, work

SMALL = Path(__file__).with_name("sweeps") / "small.yaml"
RUNS = 32


def prepared(path, sweep=SMALL):
    return folders.prepare_folder(load_sweep(sweep), path)


def counts(folder):
    status = take_stock(folder)
    return tuple(status.count(state) for state in (DONE, FAILED, MISSING))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The small sweep, made in three tasks and collected; nobody changes it."""
    folder = prepared(tmp_path_factory.mktemp("sweep") / "done")
    for runs in (range(12), range(12, 20), range(20, 32)):
        work(str(folder.path), list(runs))
    collect(folder)
    return folder


@pytest.fixture
def copied(finished, tmp_path):
    shutil.copytree(finished.path, tmp_path / "copy")
    return folders.open_folder(tmp_path / "copy")


def test_every_planned_run_is_done_failed_or_missing(tmp_path):
    folder = prepared(tmp_path / "out")
    assert counts(folder) == (0, 0, RUNS)
    work(str(folder.path), [3, 4, 30])
    assert counts(folder) == (3, 0, RUNS - 3)


def test_the_order_and_size_of_tasks_change_no_byte(finished, tmp_path):
    folder = prepared(tmp_path / "out")
    for runs in ([31], [5, 6], [*range(5)], [*range(7, 31)], [5, 8]):
        work(str(folder.path), runs)
    assert counts(folder) == (RUNS, 0, 0)
    collect(folder)
    assert (folder.path / "collected.parquet").read_bytes() == (finished.path / "collected.parquet").read_bytes()


def test_the_same_task_twice_leaves_one_file(copied):
    before = sorted(copied.path.rglob("*.parquet"))
    work(str(copied.path), [*range(12)])
    assert sorted(copied.path.rglob("*.parquet")) == before


def test_a_run_is_what_povsim_run_makes_of_its_command(finished):
    """Seed, settings and measures of the table are those of an ordinary run."""
    from sim.measures import yearly_table
    from sim.scenario import load_scenario
    from sim.world import World

    table = pq.read_table(finished.path / "collected.parquet").to_pandas()
    row = pq.read_table(finished.plan_file).slice(7, 1).to_pylist()[0]
    settings = [
        "period.end=2013-12",
        f"seed={row['seed']}",
        f"health.incidence={row['illness']!r}",
        f"instruments.vegetables.off={str(row['no_vegetables']).lower()}",
    ]
    history = World(load_scenario(SMALL.parent.parent / "small.yaml", settings).scenario, threads=1).run()
    expected = {(each["year"], name): each[name] for each in yearly_table(history) for name in ("income_incidence",)}
    mine = table[(table.run == 7) & (table.level == "region") & (table.measure == "income_incidence")]
    assert dict(zip(zip(mine.year, mine.measure, strict=True), mine.value, strict=True)) == expected


def test_counties_add_up_to_the_region(finished):
    table = pq.read_table(finished.path / "collected.parquet").to_pandas()
    identified = table[table.measure == "identified_persons"].pivot_table(
        index=["run", "year"], columns="level", values="value", aggfunc="sum"
    )
    assert np.allclose(identified.county, identified.region)
    assert identified.region.sum() > 0


def test_the_table_has_the_parameters_as_columns(finished):
    table = pq.read_table(finished.path / "collected.parquet")
    plan = pq.read_table(finished.plan_file)
    assert table.column_names == [*plan.column_names[:-1], "year", "level", "area", "measure", "value"]
    first = table.to_pandas().drop_duplicates("run").set_index("run")
    for name in ("point", "replicate", "seed", "illness", "no_vegetables"):
        assert first[name].tolist() == plan[name].to_pylist()


def test_duckdb_and_polars_read_the_table(finished):
    duckdb, polars = pytest.importorskip("duckdb"), pytest.importorskip("polars")
    path = finished.path / "collected.parquet"
    table = pq.read_table(path).to_pandas()
    expected = table[table.measure == "identified_persons"].groupby("illness").value.sum()
    query = f"SELECT illness, sum(value) FROM '{path}' WHERE measure = 'identified_persons' GROUP BY illness"
    assert dict(duckdb.sql(query).fetchall()) == pytest.approx(expected.to_dict())
    mine = polars.scan_parquet(path).filter(polars.col("measure") == "identified_persons")
    found = mine.group_by("illness").agg(polars.col("value").sum()).collect()
    assert dict(found.iter_rows()) == pytest.approx(expected.to_dict())


def test_seeds_of_replicates(tmp_path):
    text = SMALL.read_text().replace("../small.yaml", str(SMALL.parent.parent / "small.yaml"))
    (tmp_path / "shared.yaml").write_text(text.replace("luck: independent", "luck: shared"))
    independent = pq.read_table(prepared(tmp_path / "a").plan_file)["seed"].to_pylist()
    shared = pq.read_table(prepared(tmp_path / "b", tmp_path / "shared.yaml").plan_file)["seed"].to_pylist()
    assert independent == list(range(1, RUNS + 1))
    assert shared == [1, 2] * (RUNS // 2)


def parts(folder):
    return sorted((folder.path / RESULTS).rglob("*.parquet"))


def test_a_torn_part_is_refused_by_name_and_made_again(copied, finished):
    torn = parts(copied)[0]
    lost = json.loads(pq.read_schema(torn).metadata[b"povsim"])["runs"]
    torn.write_bytes(torn.read_bytes()[:-100])
    status = take_stock(copied)
    assert [refusal.path for refusal in status.refused] == [torn]
    assert "torn" in status.refused[0].reason
    assert np.flatnonzero(status.state == MISSING).tolist() == lost
    put_aside(copied.path, status.refused)
    work(str(copied.path), lost)
    assert (counts(copied), take_stock(copied).refused) == ((RUNS, 0, 0), [])
    collect(copied)
    assert (copied.path / "collected.parquet").read_bytes() == (finished.path / "collected.parquet").read_bytes()


def test_a_changed_byte_is_found(copied):
    part = parts(copied)[1]
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)
    assert [refusal.path for refusal in take_stock(copied).refused] == [part]


def test_parts_of_another_sweep_and_files_of_nobody_are_foreign(copied, tmp_path):
    text = SMALL.read_text().replace("../small.yaml", str(SMALL.parent.parent / "small.yaml"))
    (tmp_path / "other.yaml").write_text(text.replace("0.08", "0.09"))
    other = prepared(tmp_path / "other", tmp_path / "other.yaml")
    work(str(other.path), [0])
    (foreign,) = parts(other)
    shutil.copy(foreign, parts(copied)[0].parent)
    (copied.path / RESULTS / "notes.txt").write_text("hello")
    reasons = {refusal.path.name: refusal.reason for refusal in take_stock(copied).refused}
    assert set(reasons) == {foreign.name, "notes.txt"}
    assert "another sweep" in reasons[foreign.name]
    assert counts(copied) == (RUNS, 0, 0)


def test_a_run_that_fails_is_kept_with_its_error_and_command(copied, monkeypatch):
    from sim.world import World

    for part in parts(copied):
        part.unlink()
    real = World.run

    def fails(self, *arguments, **options):
        if self.scenario.seed == 3:
            raise ZeroDivisionError("made up")
        return real(self, *arguments, **options)

    monkeypatch.setattr(World, "run", fails)
    done = work(str(copied.path), [0, 1, 2, 3])
    assert (done.done, done.failed) == (3, 1)
    assert counts(copied) == (3, 1, RUNS - 4)
    (failure,) = take_stock(copied).failures
    assert (failure["run"], failure["error"]) == (2, "ZeroDivisionError: made up")
    assert failure["command"].startswith("povsim run ")
    assert "--set seed=3" in failure["command"]
    monkeypatch.undo()
    work(str(copied.path), [2])
    assert counts(copied) == (4, 0, RUNS - 4)
    assert list((copied.path / FAILURES).rglob("*.json"))


def test_a_folder_of_another_sweep_is_refused(copied, tmp_path):
    text = SMALL.read_text().replace("../small.yaml", str(SMALL.parent.parent / "small.yaml"))
    (tmp_path / "other.yaml").write_text(text.replace("points: 16", "points: 32"))
    with pytest.raises(FolderError, match="another sweep"):
        prepared(copied.path, tmp_path / "other.yaml")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.doc").write_text("")
    with pytest.raises(FolderError, match=r"thesis\.doc"):
        prepared(tmp_path / "mine")


def test_a_comment_in_the_scenario_changes_nothing_and_a_value_everything(tmp_path):
    base = (SMALL.parent.parent / "small.yaml").read_text()
    sweep = SMALL.read_text().replace("../small.yaml", "base.yaml")
    (tmp_path / "sweep.yaml").write_text(sweep)
    (tmp_path / "base.yaml").write_text(base)
    first = load_sweep(tmp_path / "sweep.yaml").identity
    (tmp_path / "base.yaml").write_text(base + "\n# a thought\n")
    assert load_sweep(tmp_path / "sweep.yaml").identity == first
    (tmp_path / "base.yaml").write_text(base.replace("recovery_months: 6", "recovery_months: 7"))
    assert load_sweep(tmp_path / "sweep.yaml").identity != first


def test_a_scenario_edited_meanwhile_stops_the_work(tmp_path):
    from sim.sweep.work import ChangedError

    base = (SMALL.parent.parent / "small.yaml").read_text()
    (tmp_path / "sweep.yaml").write_text(SMALL.read_text().replace("../small.yaml", "base.yaml"))
    (tmp_path / "base.yaml").write_text(base)
    folder = prepared(tmp_path / "out", tmp_path / "sweep.yaml")
    (tmp_path / "base.yaml").write_text(base.replace("recovery_months: 6", "recovery_months: 7"))
    with pytest.raises(ChangedError, match="scenario changed"):
        work(str(folder.path), [0])
    assert counts(folder) == (0, 0, RUNS)


def test_the_model_is_compiled_once_while_others_wait(tmp_path, monkeypatch):
    made = []

    def simulate(scenario):
        made.append(scenario.population.households * scenario.population.scale)
        time.sleep(0.2)

    monkeypatch.setattr("sim.sweep.work.simulate", simulate)
    monkeypatch.setattr("sim.kernel.cache.folder", lambda: tmp_path)
    base = load_sweep(SMALL).base.scenario
    others = [threading.Thread(target=warm, args=(base,)) for _ in range(4)]
    for each in others:
        each.start()
    for each in others:
        each.join()
    assert len(made) == 1
    assert made[0] <= 2000


def test_a_damaged_plan_is_refused(copied):
    table = pq.read_table(copied.plan_file)
    pq.write_table(table.slice(0, 31), copied.plan_file)
    with pytest.raises(FolderError, match="not the plan"):
        take_stock(copied)
