"""Which fit a scenario takes its values from, and what it keeps of its own."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from calibration.fitted import Draw, Fit, changed_since, draws, load_fit, median, with_draw
from calibration.paths import stated_otherwise

if TYPE_CHECKING:
    from sim.scenario import LoadedScenario


class NoFitError(ValueError):
    """A fit that is asked for and is not there, or is no result."""


@dataclass(frozen=True)
class Use:
    """A fit as a scenario uses it.

    What the scenario states otherwise than the file that it extends at last stays as it is, be it in a file of its own
    or by `--set`: a counterfactual of a fitted scenario is the fitted scenario but for what it changes on purpose. So
    it is the base that must be the one that was fitted.

    Attributes
    ----------
    base : the file that the scenario extends at last
    changed : what is no longer as it was when the fit was made, a sentence each
    """

    fit: Fit
    base: LoadedScenario
    changed: tuple[str, ...]

    def with_draw(self, loaded: LoadedScenario, draw: Draw, but: Collection[str] = ()) -> LoadedScenario:
        """A scenario with a draw in place, except at the paths that it states for itself and at those given.

        A draw that lies over it already is taken away first.
        """
        loaded = loaded.unfitted or loaded
        own = {*stated_otherwise(self.base.resolved, loaded.resolved), *but}
        return with_draw(loaded, self.fit, draw, own)

    def with_median(self, loaded: LoadedScenario) -> LoadedScenario:
        """A scenario at the fit's median."""
        return self.with_draw(loaded, median(self.fit))

    @property
    def doubts(self) -> list[str]:
        """What to tell whoever uses it, a sentence for each change."""
        return [f"{self.fit.name} may no longer hold: {sentence}" for sentence in self.changed]

    def draws(self, number: int) -> list[Draw]:
        """Equally likely draws; see `calibration.fitted.draws`."""
        return draws(self.fit, number)


def use_of(loaded: LoadedScenario, folder: str | os.PathLike[str] | None = None) -> Use | None:
    """The fit of a scenario's region, or None where the region has none.

    Raises
    ------
    NoFitError
        Where the fit says of itself that it is no result.
    """
    from sim.scenario.load import read_scenario, resolve

    fit = load_fit(loaded.scenario.region, folder)
    if fit is None:
        return None
    if fit.warnings:
        raise NoFitError(f"{fit.name} is no result: {'; '.join(fit.warnings)}")
    base = resolve((loaded.text or read_scenario(loaded.files[0])).base)
    return Use(fit, base, tuple(changed_since(fit, base.resolved)))


def use_with_warning(loaded: LoadedScenario) -> Use | None:
    """As `use_of`, for those who read no terminal: what is wrong with the fit is a warning, and where it is no result
    the scenario has none."""
    try:
        use = use_of(loaded)
    except NoFitError as error:
        warnings.warn(f"{error}; the scenario's own numbers are taken", stacklevel=4)
        return None
    if use is not None:
        for sentence in use.doubts:
            warnings.warn(sentence, stacklevel=4)
    return use


def load_fitted(source: str | os.PathLike[str] | LoadedScenario, settings: Sequence[str] = ()) -> LoadedScenario:
    """A scenario file at the median of its region's fit, where it has one; what is loaded stays as it is."""
    from sim.scenario import LoadedScenario, load_scenario

    if isinstance(source, LoadedScenario):
        return source
    loaded = load_scenario(source, settings)
    use = use_with_warning(loaded)
    return loaded if use is None else use.with_median(loaded)
