"""The folder that a run leaves behind: tables, summary, manifest, report."""

from sim.results.folder import RUNS, FolderError, check_writable, write_folder
from sim.results.manifest import verify
from sim.results.record import Record
from sim.results.write import write_results

__all__ = ["RUNS", "FolderError", "Record", "check_writable", "verify", "write_folder", "write_results"]
