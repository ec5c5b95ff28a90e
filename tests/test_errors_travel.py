"""Errors that list problems cross processes whole: sweeps and the dashboard read scenarios in workers."""

import pickle

import pytest

from calibration.evidence import EvidenceError
from sim.analysis.comparable import ComparisonError
from sim.analysis.frames import FrameError
from sim.microdata.problems import RowProblem
from sim.scenario import ScenarioError
from sim.scenario.problems import Problem

IN_FILE = ScenarioError([Problem("b.yaml", 2, 1, "seed", "is empty"), Problem("a.yaml", 1, 1, "name", "is empty")])
IN_TABLE = ScenarioError([RowProblem("a.csv", 3, 0, "assets", "is no number")])
OTHERS = [kind(["one", "two"]) for kind in (EvidenceError, ComparisonError, FrameError)]


@pytest.mark.parametrize("error", [IN_FILE, IN_TABLE, *OTHERS], ids=lambda each: type(each).__name__)
def test_every_problem_is_still_there(error):
    came = pickle.loads(pickle.dumps(error))
    assert type(came) is type(error)
    assert came.problems == error.problems
    assert str(came) == str(error)
