"""A scenario in a notebook: loaded from its file, changed without being written, explained and run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from calibration.evidence import load_evidence
from sim.calendar import is_december, month_text
from sim.interface.page import paragraph, table
from sim.run import Advance, run_scenario
from sim.scenario import LoadedScenario, Problem, ScenarioError, explain
from sim.scenario.load import ScenarioText, read_scenario, resolve

if TYPE_CHECKING:
    import pandas as pd

    from calibration.use import Use
    from sim.analysis.draws import Draw
    from sim.interface.result import Result

PANEL = 10_000
UNSHOWN = ("population.scale", "seed", "name")  # they stand for themselves wherever a study is shown


@dataclass(frozen=True, repr=False)
class Study(LoadedScenario):
    """A scenario that can be changed and run. It never changes itself: every method gives a new one, or a result.

    Whatever takes a scenario takes a study: `sim.compare`, `sim.attribute` and `sim.risk` as well as `sim.run`.

    Attributes
    ----------
    text : what the scenario's files say
    settings : what was changed since, as ``path=value`` texts in order
    fit : where parameters take their medians from, all but those that the files or settings state; None without a fit
    scenario, resolved, provenance, hash, files : see `sim.scenario.LoadedScenario`

    Examples
    --------
    >>> import sim
    >>> study = sim.load("tests/small.yaml")
    >>> study.with_({"health.incidence": 0.08, "register.detection.2018": 0.5})
    Small region (small), 2011-12 to 2020-12, seed 1
    all villages: about 600 households; 15 instruments
    changed: health.incidence=0.08, register.detection.2018=0.5
    """

    text: ScenarioText
    settings: tuple[str, ...] = ()
    fit: Use | None = None

    @property
    def label(self) -> str:
        """What comparisons call it: its file, or the name it was given, and what was changed since.

        Examples
        --------
        >>> study.label, study.with_(health__incidence=0.08).label, study.named("More illness").label
        ('small', 'small with health.incidence=0.08', 'More illness')
        """
        named = [number for number, each in enumerate(self.settings, 1) if each.startswith("name=")]
        since = _shown(self.settings[named[-1] :] if named else self.settings)
        return (self.scenario.name if named else super().label) + (f" with {since}" if since else "")

    def with_(self, values: Mapping[str, Any] | None = None, /, **by_keyword: Any) -> Study:
        """The study with other values, checked as a file is.

        Parameters
        ----------
        values : path -> value. A path names keys with dots between, and entries of lists by their number from 0; a
            mapping is laid over what is there. Units are those of the scenario file
        by_keyword : the same for paths without dates, two underscores standing for a dot

        Raises
        ------
        ScenarioError
            With every problem: paths that do not exist, values out of range, entries that contradict one another. The
            first number of a position in ``with_`` counts what was changed.

        Examples
        --------
        >>> study.with_({"instruments.orchards.places.2019-12": 60}, health__incidence=0.08).scenario.health.incidence
        0.08
        >>> study.with_(health__incidence=8)
        Traceback (most recent call last):
            ...
        sim.scenario.problems.ScenarioError: with_:1:1: health.incidence: 8 is out of range; ...
        """
        named = {path.replace("__", "."): value for path, value in by_keyword.items()}
        changed = [f"{path}={_written(value)}" for path, value in {**(values or {}), **named}.items()]
        return _study(self.text, (*self.settings, *changed), self.fit)

    def without(self, *names: str) -> Study:
        """The study with mechanisms or instruments switched off, and a name that says so.

        Raises
        ------
        ScenarioError
            Where there is no mechanism or instrument of a name.

        Examples
        --------
        >>> off = study.without("relocation", "dibao").instruments.query("off")
        >>> off.index.to_list()
        ['relocation', 'housing_renovation', 'dibao']
        """
        name = f"{self.scenario.name}, without {' and '.join(names)}"
        return self.with_({"switched_off": [*self.scenario.switched_off, *names], "name": name})

    def named(self, name: str) -> Study:
        """The study under another name, which reports and comparisons use."""
        return self.with_(name=name)

    def scale(self, share: float) -> Study:
        """The study with a share of all villages simulated, above 0 and up to 1; results are weighted up.

        Examples
        --------
        >>> study.scale(0.5).scenario.population.scale
        0.5
        """
        return self.with_({"population.scale": share})

    def run(
        self,
        seed: int | None = None,
        scale: float | None = None,
        threads: int | None = None,
        panel: int = PANEL,
        progress: bool | Advance = False,
    ) -> Result:
        """Simulate, and compare with what was reported.

        The first run on a machine compiles the model, which takes about half a minute.

        Parameters
        ----------
        seed : of all luck; the scenario's own unless given
        scale : share of villages that is simulated; the scenario's own unless given
        threads : results do not depend on it; all processors by default
        panel : households whose years are kept, evenly spread over the region; `Result.measures` needs them
        progress : True counts months on standard error; a function is called after each month with months done, months
            in all, and household-months done

        Raises
        ------
        ScenarioError
            For a seed or scale out of range, and a period that holds no December, when results are counted.

        Examples
        --------
        >>> study.run(scale=0.5, threads=1).yearly.shape
        (10, 11)
        """
        from sim.interface.progress import counter
        from sim.interface.result import Result
        from sim.interface.sources import FromRun

        given = {"seed": seed, "population.scale": scale}
        study = self.with_({path: value for path, value in given.items() if value is not None})
        _check_period(study)
        advance = counter() if progress is True else progress or None
        record = run_scenario(study, threads, panel, advance)
        return Result(FromRun(replace(record, fit=study.fit)))

    def draws(self, number: int) -> list[Draw]:
        """Equally likely draws of the fit, for ``sim.compare(…, draws=study.draws(20))``; for a number always the same.

        Raises
        ------
        ValueError
            Where the study has no fit.
        """
        from sim.analysis.draws import read_draws

        if self.fit is None:
            raise ValueError(f"nothing to draw from: {self.scenario.region} has no fit, or was loaded without it")
        return read_draws(self.fit, number)

    def explain(self) -> str:
        """The scenario in sentences, every number with its unit and source; ``print`` it.

        Examples
        --------
        >>> print(study.explain().partition("Two")[0])
        Small region
        ============
        <BLANKLINE>
        <BLANKLINE>
        """
        return explain(self, load_evidence())

    @property
    def instruments(self) -> pd.DataFrame:
        """One row per instrument, by name.

        Columns
        -------
        mechanism, label : what it works through, and what a planner calls it
        unit, places : what a place is given to, and how many open in all
        opens, complete : months in which the first and the last ones open
        effect : what it changes, joined by +
        off : whether it is switched off

        Examples
        --------
        >>> study.instruments.loc["orchards", ["mechanism", "unit", "opens", "effect"]].to_list()
        ['industry', 'households', Period('2014-01', 'M'), 'farm']
        """
        import pandas as pd

        rows = {
            name: {
                "mechanism": each.mechanism,
                "label": each.label or name.replace("_", " "),
                "unit": each.unit,
                "places": each.places[max(each.places)],
                "opens": pd.Period(month_text(min(each.places)), "M"),
                "complete": pd.Period(month_text(max(each.places)), "M"),
                "effect": " + ".join(dict.fromkeys(effect.source for effect in each.effect)),
                "off": each.off,
            }
            for name, each in self.scenario.instruments.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("instrument")

    def __repr__(self) -> str:
        scenario = self.scenario
        period = f"{month_text(scenario.period.start)} to {month_text(scenario.period.end)}"
        share = scenario.population.scale
        villages = "all villages" if share == 1 else f"{100 * share:g} % of the villages"
        on = sum(not each.off for each in scenario.instruments.values())
        lines = [
            f"{scenario.name} ({scenario.region}), {period}, seed {scenario.seed}",
            f"{villages}: about {share * scenario.population.households:,.0f} households; {on} instruments",
        ]
        if self.fit is not None:
            lines.append(f"parameters: median of {self.fit.fit.name}")
        if changed := _shown(self.settings):
            lines.append(f"changed: {changed}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        shown = self.instruments[["mechanism", "label", "places", "unit", "opens", "complete", "off"]]
        return paragraph(repr(self)) + paragraph(self.scenario.description) + table(shown)


def load(path: str | os.PathLike[str], fit: bool = True) -> Study:
    """Load a scenario file, and whatever it extends.

    Parameters
    ----------
    path : YAML file, such as ``scenarios/ganzhou.yaml``
    fit : take parameters from the fit of the scenario's region where it has one, as ``povsim run`` does; False takes
        the numbers as the files state them

    Raises
    ------
    ScenarioError
        With every problem found, its file, line and column.

    Warns
    -----
    UserWarning
        Where the fit is no result, or something that it rests on changed since it was made.

    Examples
    --------
    >>> import sim
    >>> sim.load("tests/small.yaml").scenario.region
    'small'
    """
    from calibration.use import use_with_warning

    study = _study(read_scenario(path), (), None)
    use = use_with_warning(study) if fit else None
    return study if use is None else _study(study.text, (), use)


def _study(text: ScenarioText, settings: tuple[str, ...], fit: Use | None) -> Study:
    try:
        loaded = resolve(text, settings, load_evidence())
    except ScenarioError as error:
        # Overrides are called by the option of the command line that gives them.
        problems = [replace(each, file="with_") if each.file == "--set" else each for each in error.problems]
        raise ScenarioError(problems) from None
    if fit is not None:
        loaded = fit.with_median(loaded)
    return Study(**vars(loaded), settings=settings, fit=fit)


def _written(value: Any) -> str:
    """A value as YAML; JSON is YAML too. What numpy counts and pandas dates becomes plain."""
    return json.dumps(value, default=lambda each: each.item() if hasattr(each, "item") else str(each))


def _shown(settings: Iterable[str]) -> str:
    return ", ".join(each for each in settings if each.partition("=")[0] not in UNSHOWN)


def _check_period(study: Study) -> None:
    period = study.scenario.period
    if not any(is_december(month) for month in range(period.start, period.end + 1)):
        raise ScenarioError(
            [Problem(str(study.files[-1]), 1, 1, "period", "holds no December, when results are counted")]
        )
