"""What one instrument more costs: a region with 29 instruments beside the same region with 30, month for month.

    python benchmarks/instruments.py [--households N] [--number 30] [--rounds R]

The added instrument is a tea garden for 12,000 households with a ramp and drop-out, admitted over three years.
"""

from __future__ import annotations

import argparse
from itertools import islice
from statistics import median
from time import process_time

from measure import END, MIDDLE, Run, scenario_of, table, warm_up
from numba.core.event import RecordingListener, install_listener

from sim.scenario.instruments import Instrument
from sim.scenario.model import Scenario

TURN = 6
BAR = 2.0
TEA = Instrument.model_validate(
    {
        "mechanism": "industry",
        "places": {"2016-01": 0, "2018-12": 12_000},
        "eligible": {"registered": True, "workers": ">=1"},
        "uptake": 0.8,
        "effect": {"source": "farm", "yuan_per_year": 2400, "first_after_months": 30, "ramp_months": 24},
        "drop_out": 0.05,
        "cost": {"yuan_per_household": 4000},
    }
)


def with_instruments(scenario: Scenario, number: int) -> Scenario:
    """The scenario with so many instruments: its own first ones, then as many tea gardens as it takes."""
    own = dict(islice(scenario.instruments.items(), number))
    added = {f"tea_{n}": TEA for n in range(number - len(own))}
    return scenario.model_copy(update={"instruments": own | added, "reported": []})


def more_by(scenario: Scenario, number: int) -> tuple[list[float], int]:
    """Processor time of the larger region over the smaller one, turn by turn, and compilations it caused."""
    fewer = with_instruments(scenario, number - 1)
    more = fewer.model_copy(update={"instruments": fewer.instruments | {"tea_gardens": TEA}})
    runs = [Run(fewer, 1), Run(more, 1)]
    runs[0].until(MIDDLE)
    listener = RecordingListener()
    with install_listener("numba:compile", listener):
        runs[1].until(MIDDLE)
        ratios = []
        for turn, end in enumerate(range(MIDDLE + TURN, END + 1, TURN)):
            taken = [0.0, 0.0]
            for which in (0, 1) if turn % 2 else (1, 0):
                begin = process_time()
                runs[which].until(end)
                taken[which] = process_time() - begin
            ratios.append(taken[1] / taken[0])
    return ratios, len(listener.buffer)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, help="a sample of about this many; everybody by default")
    parser.add_argument("--number", type=int, default=30, help="which instrument is added")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    warm_up()
    scenario = scenario_of(given.households)
    rows, every = [], []
    for n in range(given.rounds):
        ratios, compiled = more_by(scenario, given.number)
        every += ratios
        rows.append([f"round {n + 1}", f"{100 * (median(ratios) - 1):+.1f} %", f"{compiled}"])
    cost = 100 * (median(every) - 1)
    rows.append(["all turns", f"{cost:+.1f} %", "met" if cost <= BAR else "NOT MET"])
    table(
        f"Instrument {given.number} of a region, of a month's time (bar {BAR:g} %)", ["", "costs", "compilations"], rows
    )


if __name__ == "__main__":
    main()
