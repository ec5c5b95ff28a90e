"""The folder of a result: what stands in it, that it is whole, the same for the same run, and checkable."""

import json
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from made_history import made_record

from sim.calendar import month_text
from sim.results import FolderError, check_writable, verify, write_folder, write_results
from sim.results.tables import areas_table, series_table, spells_table, write_parquet

TABLES = ("series.parquet", "areas.parquet", "spells.parquet")
SUMMARY = [
    "scenario",
    "region",
    "households",
    "persons",
    "months",
    "fit",
    "wall_seconds",
    "household_months_per_second",
    "yearly",
    "targets",
]


@pytest.fixture(scope="module")
def record():
    return made_record()


@pytest.fixture
def result(record, tmp_path):
    out = tmp_path / "result"
    write_results(out, record, "<p>a report</p>")
    return out


def series(result):
    return pq.read_table(result / "series.parquet").to_pandas()


def test_a_result_has_all_its_files_and_nothing_beside_it(result):
    names = {path.name for path in result.iterdir()}
    assert names == {*TABLES, "summary.json", "report.html", "manifest.json"}
    assert [path.name for path in result.parent.iterdir()] == ["result"]


def test_the_series_holds_every_number_of_the_history(record, result):
    history, table = record.history, series(result)
    assert list(table.columns) == ["month", "level", "area", "measure", "value", "replicate"]
    assert not table.duplicated(["month", "level", "area", "measure"]).any()
    cell = table.set_index(["month", "level", "area", "measure"])["value"]
    month, december = month_text(int(history.months[40])), f"{history.years[6]}-12"
    county, instrument, village = history.counties[3], history.instruments[2], history.villages[17]
    assert cell[month, "county", county, "persons"] == history.monthly["persons"][40, 3]
    assert cell[month, "region", "ganzhou", "persons"] == pytest.approx(7.29e6)
    assert cell[december, "county", county, "exits_persons"] == history.yearly["exits_persons"][6, 3]
    outlays = history.of_instrument["outlays"][40, 2]
    assert cell[month, "instrument", instrument, "outlays"] == pytest.approx(outlays.sum())
    assert cell[month, "county", county, f"outlays:{instrument}"] == outlays[3]
    assert cell[december, "village", village, "registered_persons"] == history.village_registered[6, 17]
    assert cell[december, "region", "ganzhou", "wage_income_per_head:fifth_1"] == history.fifths[6, 0, 1]


def test_counties_add_up_to_the_region(result):
    table = series(result)
    table = table[~table.measure.str.contains(":")]
    counties = table[table.level == "county"].groupby(["month", "measure"]).value.sum()
    region = table[table.level == "region"].set_index(["month", "measure"]).value
    assert np.allclose(region.loc[counties.index], counties)


def test_villages_are_given_once_a_year(result):
    table = series(result)
    assert table[table.level == "village"].month.astype(str).str.endswith("-12").all()


def test_areas_say_when_each_left_the_list():
    history = made_record().history
    passed, out = history.counties.index("ganxian"), history.counties.index("nankang")
    history.county_exit[passed] = history.months[-1] + 5  # passed, but announced after the run
    rows = {(row["level"], row["area"]): row for row in areas_table(history).to_pylist()}
    assert rows["county", "nankang"]["exit_month"] == month_text(int(history.county_exit[out]))
    assert rows["county", "ganxian"]["exit_month"] is None
    assert rows["county", "ganxian"]["poor"]
    assert not rows["county", "zhanggong"]["poor"]
    assert rows["village", "village0"]["county"] == history.counties[history.village_county[0]]


def test_spells_are_in_words(record, result):
    spells, history = pq.read_table(result / "spells.parquet").to_pandas(), record.history.spells
    assert (spells.household == history["household"]).all()
    assert spells.start[0] == month_text(int(history["start"][0]))
    assert (spells.months == history["end"] - history["start"]).all()
    assert set(spells.kind) == {"registered", "income_poverty"}
    assert spells.cause[(history["kind"] == 0) & (history["cause"] == 0)].isna().all()
    assert set(spells.cause[(history["kind"] == 1) & (history["cause"] == 1)]) == {"illness"}
    assert set(spells.cause[(history["kind"] == 0) & (history["cause"] == 2)]) == {"disability"}


def test_a_panel_is_written_when_one_was_kept(record, tmp_path):
    record.history.panel.update(identity=np.array([7, 8], np.uint64), status=np.array([1, 2]), assets=np.ones(2))
    write_results(tmp_path / "out", record, "")
    record.history.panel.clear()
    panel = pq.read_table(tmp_path / "out" / "panel.parquet").to_pydict()
    assert panel == {"household": [7, 8], "status": ["registered", "exited"], "assets": [1.0, 1.0]}


def test_the_summary_has_the_promised_keys(result):
    summary = json.loads((result / "summary.json").read_text())
    assert list(summary) == SUMMARY
    assert list(summary["targets"][0]) == ["id", "operator", "reported", "simulated", "relative_error"]
    first = summary["yearly"][0]
    assert first["year"] == 2011
    assert first["register_incidence"] is None
    assert first["income_incidence"] == pytest.approx(26.7, abs=1.5)


def test_the_manifest_says_what_made_the_result(record, result):
    manifest = json.loads((result / "manifest.json").read_text())
    assert manifest["scenario_hash"] == record.loaded.hash
    assert manifest["scenario"]["population"]["scale"] == 1
    assert len(manifest["sources_hash"]) == len(manifest["evidence_hash"]) == 64
    assert {"python", "poverty-exit", "numpy", "pyarrow"} <= set(manifest["versions"])


def test_the_same_run_gives_the_same_bytes(record, result, tmp_path):
    write_results(tmp_path / "again", made_record(), "<p>a report</p>")
    for name in (*TABLES, "report.html"):
        assert (tmp_path / "again" / name).read_bytes() == (result / name).read_bytes()


def test_an_intact_result_is_verified(result):
    assert verify(result) == []


def test_every_kind_of_damage_is_named(result):
    (result / "areas.parquet").unlink()
    (result / "report.html").write_text("<p>A report</p>")
    (result / "summary.json").write_text("{}")
    (result / "notes.txt").write_text("mine")
    found = verify(result)
    assert [line.split()[0] for line in found] == [
        "areas.parquet",
        "report.html",
        "summary.json",
        "notes.txt",
    ]
    assert "missing" in found[0]
    assert "other contents" in found[1]


@pytest.mark.parametrize("manifest", ["", "{}", "[]", '{"files": [1]}', '{"files": {"a": 1}}'])
def test_a_damaged_manifest_is_told_from_a_damaged_result(result, manifest):
    (result / "manifest.json").write_text(manifest)
    with pytest.raises(FolderError, match="damaged"):
        verify(result)


def test_a_folder_without_manifest_is_no_result(tmp_path):
    with pytest.raises(FolderError, match="no result"):
        verify(tmp_path)


def test_an_existing_result_is_kept_unless_forced(record, result):
    before = (result / "manifest.json").read_bytes()
    with pytest.raises(FolderError, match="--force"):
        write_results(result, record, "another")
    assert (result / "manifest.json").read_bytes() == before
    write_results(result, record, "another", force=True)
    assert (result / "report.html").read_text() == "another"
    assert verify(result) == []
    assert [path.name for path in result.parent.iterdir()] == ["result"]


def test_force_never_replaces_what_no_run_wrote(tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(FolderError, match=r"thesis\.docx"):
        check_writable(tmp_path, force=True)


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="is a file"):
        check_writable(tmp_path / "file", force=True)
    with pytest.raises(FolderError, match="is a file"):
        check_writable(tmp_path / "file" / "below")


def test_an_empty_folder_and_missing_parents_are_fine(tmp_path):
    (tmp_path / "empty").mkdir()
    write_folder(tmp_path / "empty", {"summary.json": lambda path: path.write_text("{}")})
    write_folder(tmp_path / "a" / "b", {"summary.json": lambda path: path.write_text("{}")})
    assert (tmp_path / "empty" / "summary.json").exists()
    assert (tmp_path / "a" / "b" / "summary.json").exists()


@pytest.mark.parametrize("force", [False, True])
def test_an_interrupted_write_leaves_nothing_behind(tmp_path, force):
    out = tmp_path / "out"
    if force:
        write_folder(out, {"summary.json": lambda path: path.write_text("old")})

    def interrupted(path: Path) -> None:
        path.write_text("half")
        raise KeyboardInterrupt

    files = {"summary.json": lambda path: path.write_text("new"), "report.html": interrupted}
    with pytest.raises(KeyboardInterrupt):
        write_folder(out, files, force)
    assert [path.name for path in tmp_path.iterdir()] == (["out"] if force else [])
    if force:
        assert (out / "summary.json").read_text() == "old"


def test_a_full_disk_is_one_sentence(tmp_path):
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(FolderError, match="No space left on device"):
        write_folder(tmp_path / "out", {"summary.json": full})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_tables_of_a_full_region_are_written_in_seconds(tmp_path):
    record = made_record(villages=3468, spells=2_000_000)
    began = time.perf_counter()
    table = series_table(record.history, "ganzhou")
    write_parquet(table, tmp_path / "series.parquet")
    write_parquet(spells_table(record.history), tmp_path / "spells.parquet")
    assert table.num_rows > 200_000
    assert time.perf_counter() - began < 6
