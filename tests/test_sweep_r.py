"""R reads the collected table as docs/cluster.md says, through reticulate: the same types and values."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sim.sweep.collect import collect
from sim.sweep.folder import prepare_folder
from sim.sweep.read import load_sweep
from sim.sweep.work import work

ROOT = Path(__file__).parent.parent
SMALL = ROOT / "tests" / "sweeps" / "small.yaml"
KINDS = {"bool": "logical", "int16": "integer", "int64": "integer", "double": "numeric", "string": "character"}
# Hexadecimal digits show a number to the last bit; is.na holds for R's NA and NaN alike.
SHOW = """
for (name in names(table)) {
  column <- table[[name]]
  shown <- if (class(column) == "numeric") sprintf("%a", column) else as.character(column)
  cat(name, class(column), ifelse(is.na(column), "none", shown), sep = "\\t")
  cat("\\n")
}
"""


@pytest.fixture(scope="module")
def r():
    """The environment in which R finds this Python."""
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed (Debian: r-base-core, r-cran-reticulate)")
    environment = os.environ | {"RETICULATE_PYTHON": sys.executable, "LC_ALL": "C.UTF-8"}
    tried = subprocess.run(
        ["Rscript", "-e", "library(reticulate); import('pandas')"], env=environment, capture_output=True, text=True
    )
    if tried.returncode:
        pytest.skip(f"R can not use this Python through reticulate: {tried.stderr.strip()[-200:]}")
    return environment


def value(kind, text):
    """What R shows, as Python has it."""
    if text == "none":
        return None
    return {
        "logical": lambda: text == "TRUE",
        "integer": lambda: int(text),
        "numeric": lambda: float.fromhex(text),
        "character": lambda: text,
    }[kind]()


@pytest.mark.slow
def test_r_reads_the_types_and_values_of_the_collected_table(r, tmp_path):
    folder = prepare_folder(load_sweep(SMALL), tmp_path / "my_sweep")
    work(str(folder.path), [0, 1, 2, 3])
    collect(folder)
    line = re.search(r"^\| R, with reticulate \| `(.*)` \|$", (ROOT / "docs" / "cluster.md").read_text(), re.MULTILINE)
    (tmp_path / "read.R").write_text(f"table <- {line[1]}\n{SHOW}")
    done = subprocess.run(["Rscript", "read.R"], cwd=tmp_path, env=r, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shown = {name: (kind, texts) for name, kind, *texts in (row.split("\t") for row in done.stdout.splitlines())}
    table = pq.read_table(folder.path / "collected.parquet")
    assert table["value"].null_count > 0
    assert {"bool", "int16", "int64", "double", "string"} == {str(field.type) for field in table.schema}
    assert list(shown) == table.column_names
    for field in table.schema:
        kind, texts = shown[field.name]
        assert kind == KINDS[str(field.type)], field
        assert [value(kind, text) for text in texts] == table[field.name].to_pylist(), field
