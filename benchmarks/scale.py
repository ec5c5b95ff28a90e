"""How cost grows with the number of households: Ganzhou as it is, and provinces made of several.

    python benchmarks/scale.py [--times 0.25 1 2.6 5.3] [--months 60]

Every number of people, villages, places and yuan is multiplied, so that each household lives as it did; counties
stay eighteen. Each region runs in a process of its own on one thread, all instruments, register and history on.
"""

from __future__ import annotations

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from time import process_time
from typing import Any

import numpy as np
from measure import MIDDLE, Run, peak_bytes, scenario_of, state_bytes, table, warm_up

from sim.scenario.model import Scenario

FAR = 30_000_000
BAR_GIB = 12


def times(scenario: Scenario, number: float) -> Scenario:
    """A region of so many; below one, a sample of its villages."""
    if number < 1:
        return scenario_of(round(number * scenario.population.households))
    people, review = scenario.population, scenario.register_.review
    poor = people.poor_villages
    identification = scenario.register_.identification

    def more(figures: dict[int, float]) -> dict[int, float]:
        return {when: number * figure for when, figure in figures.items()}

    return scenario.model_copy(
        update={
            "population": people.model_copy(
                update={
                    "persons": number * people.persons,
                    "households": round(number * people.households),
                    "villages": round(number * people.villages),
                    "poor_villages": poor.model_copy(
                        update={
                            "count": round(number * poor.count),
                            "households": number * poor.households,
                            "persons": number * poor.persons,
                        }
                    ),
                }
            ),
            "instruments": {
                name: each.model_copy(update={"places": more(each.places)})
                for name, each in scenario.instruments.items()
            },
            "register_": scenario.register_.model_copy(
                update={
                    "identification": identification.model_copy(update={"persons": number * identification.persons}),
                    "review": review.model_copy(update={"villages": more(review.villages)}),
                }
            ),
            "budget": scenario.budget and scenario.budget.model_copy(update={"yuan": more(scenario.budget.yuan)}),
        }
    )


def lived(number: float, months: int) -> dict[str, Any]:
    """What a region costs; to be called in a process of its own, for its memory."""
    warm_up()
    before = peak_bytes()
    begin = process_time()
    run = Run(times(scenario_of(None), number), threads=1)
    built = process_time()
    run.until(MIDDLE)
    halfway = process_time()
    run.until(MIDDLE + months)
    households = run.world.households
    return {
        "households": households,
        "build": (built - begin) / households * 1e9,
        "month": (process_time() - halfway) / households / months * 1e9,
        "state": state_bytes(run.world) / households,
        "peak": (peak_bytes() - before) / households,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--times", type=float, nargs="+", default=[0.25, 1, 2.6, 5.3], help="regions of so many Ganzhous"
    )
    parser.add_argument("--months", type=int, default=60, help="from the end of 2015")
    asked = parser.parse_args()
    results = []
    for number in asked.times:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
            results.append(alone.submit(lived, number, asked.months).result())
    rows = [
        [
            f"{each['households']:,}",
            *(f"{each[name]:.{digits}f}" for name, digits in (("build", 0), ("month", 1), ("state", 0), ("peak", 0))),
        ]
        for each in results
    ]
    head = ["households", "ns each to build", "ns each a month", "bytes of state", "bytes at the peak"]
    table("Processor time on one thread, and memory, for each household", head, rows)
    sizes = np.array([each["households"] for each in results], float)
    total = np.array([each["month"] * each["households"] * asked.months / 1e9 for each in results])
    power = np.polyfit(np.log(sizes), np.log(total), 1)[0]
    peak = FAR * results[-1]["peak"] / 2**30
    print(f"\n  seconds grow with households to the power {power:.2f}")
    print(
        f"  {FAR:,} households at the last row's cost: {peak:.1f} GiB at the peak (bar {BAR_GIB}), "
        f"{FAR * results[-1]['month'] / 1e9:.1f} s a month on one thread"
    )


if __name__ == "__main__":
    main()
