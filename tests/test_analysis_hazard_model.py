"""The model of the hazard: closed forms, recovery of known hazards, errors by repeated sampling, what is refused."""

import numpy as np
import pandas as pd
import pytest
from spell_cases import drawn_episodes, episode_table

from sim.analysis.frames import FrameError
from sim.analysis.hazard_model import hazard_model

INVERSE = {
    "cloglog": lambda hazard: np.log(-np.log(1 - hazard)),
    "logit": lambda hazard: np.log(hazard / (1 - hazard)),
}


def coefficients(model):
    """Coefficients by factor and level, as text."""
    table = model.table.assign(level=model.table["level"].astype(str))
    return table.set_index(["factor", "level"])["coefficient"]


@pytest.mark.parametrize("link", INVERSE)
def test_a_model_of_intervals_alone_has_their_hazards(link):
    """Months 1-2: 7 at risk, 1 event; months 3-4: 3 at risk, 1 event."""
    episodes = episode_table([[0, 4, None], [0, 3, "a"], [0, 1, "a"], [0, 2, None]])
    model = hazard_model(episodes, width=2, link=link)
    assert coefficients(model).tolist() == pytest.approx([INVERSE[link](1 / 7), INVERSE[link](1 / 3)], abs=1e-6)
    assert model.table["effect"].tolist() == pytest.approx([1 / 7, 1 / 3])
    assert model.log_likelihood == pytest.approx(6 * np.log(6 / 7) + np.log(1 / 7) + 2 * np.log(2 / 3) + np.log(1 / 3))
    assert (model.months_at_risk, model.events) == (10, 2)


@pytest.mark.parametrize("link", INVERSE)
def test_one_interval_and_one_factor_have_the_hazards_of_the_groups(link):
    rows = [[0, 1, "a"]] * 3 + [[0, 1, None]] * 17 + [[0, 1, "a"]] * 4 + [[0, 1, None]] * 6
    episodes = episode_table(rows).assign(county=["x"] * 20 + ["y"] * 10)
    model = hazard_model(episodes, "county", link=link)
    first, second = INVERSE[link](3 / 20), INVERSE[link](4 / 10)
    found = coefficients(model)
    assert found["months", "1-12"] == pytest.approx(first, abs=1e-6)
    assert found["county", "y"] == pytest.approx(second - first, abs=1e-6)
    assert found["county", "x"] == 0
    ratio = model.table.set_index(["factor", "level"]).loc[("county", "y"), "effect"]
    expected = {"logit": (4 / 6) / (3 / 17), "cloglog": np.log(0.6) / np.log(17 / 20)}
    assert ratio == pytest.approx(expected[link], rel=1e-5)


def test_independent_months_have_the_error_of_a_proportion():
    """Logit of p from n months, one an episode: 1/(n p (1 - p)), times n/(n - 1) as the units of a sample."""
    model = hazard_model(episode_table([[0, 1, "a"]] * 5 + [[0, 1, None]] * 20), link="logit")
    assert model.table["standard_error"][0] == pytest.approx(np.sqrt(1 / (25 * 0.2 * 0.8) * 25 / 24))


def test_limits_are_those_of_the_effect():
    model = hazard_model(episode_table([[0, 1, "a"]] * 5 + [[0, 1, None]] * 20), link="logit", confidence=0.9)
    row = model.table.iloc[0]
    odds = np.exp(row["coefficient"] + np.array([-1, 1]) * 1.6448536 * row["standard_error"])
    np.testing.assert_allclose([row["lower"], row["upper"]], odds / (1 + odds), rtol=1e-6)


def test_weights_count_as_so_many_households():
    episodes = drawn_episodes(np.random.default_rng(1), np.full(60, 0.1), 20)
    episodes = episodes.assign(weight=1 + np.arange(len(episodes)) % 3, county=np.arange(len(episodes)) % 2)
    copies = episodes.loc[episodes.index.repeat(episodes["weight"])]
    weighted, copied = hazard_model(episodes, "county", 10, weight="weight"), hazard_model(copies, "county", 10)
    np.testing.assert_allclose(weighted.table["coefficient"], copied.table["coefficient"], atol=1e-6)


def made(luck, size, link, village_sd=0.0, villages=60):
    """Episodes with a hazard that falls after a year, is higher after illness and differs between counties."""
    frame = pd.DataFrame(
        {
            "cause": luck.choice(["illness", "job loss", "disaster"], size, p=[0.5, 0.3, 0.2]),
            "county": luck.choice(["a", "b"], size, p=[0.6, 0.4]),
            "village": luck.integers(0, villages, size),
        }
    )
    shift = frame["cause"].map({"illness": 0.0, "job loss": -0.5, "disaster": 0.4}).to_numpy()
    shift = shift + 0.3 * (frame["county"] == "b") + village_sd * luck.standard_normal(villages)[frame["village"]]
    invert = {"cloglog": lambda eta: 1 - np.exp(-np.exp(eta)), "logit": lambda eta: 1 / (1 + np.exp(-eta))}[link]
    early, late = luck.geometric(invert(-3 + shift)), 12 + luck.geometric(invert(-4 + shift))
    months, seen = np.where(early <= 12, early, late), luck.integers(1, 49, size)
    return frame.assign(entry=0, months=np.minimum(months, seen), event=months <= seen, start_known=True)


TRUTH = {
    ("months", "1-12"): -3, ("months", "13-48"): -4, ("cause", "job loss"): -0.5, ("cause", "disaster"): 0.4,
    ("county", "b"): 0.3,
}  # fmt: skip


@pytest.mark.parametrize("link", INVERSE)
def test_a_known_hazard_is_found(link):
    episodes = made(np.random.default_rng(2), 40_000, link)
    table = hazard_model(episodes, ["cause", "county"], [12, 48], link).table.set_index(["factor", "level"])
    for name, value in TRUTH.items():
        assert abs(table["coefficient"][name] - value) < 4 * table["standard_error"][name]
        assert table["standard_error"][name] < 0.06
    assert table["standard_error"][["cause"]].isna().sum() == 1


def test_errors_are_what_repeated_samples_of_villages_show():
    """150 samples of 60 villages whose hazards differ. The spread is known to 6 %; the errors of 60 villages are a
    little low (some 1/60 each way), hence 20 %. As if households were alone they would be far too small."""
    luck = np.random.default_rng(4)
    found, errors = [], []
    for _ in range(150):
        episodes = made(luck, 2000, "cloglog", village_sd=0.6)
        table = hazard_model(episodes, ["cause", "county"], [12, 48], cluster="village").table[:5]
        found.append(table["coefficient"])
        errors.append(table["standard_error"])
    spread, claimed = np.std(found, axis=0, ddof=1), np.sqrt(np.mean(np.square(errors), axis=0))
    np.testing.assert_allclose(claimed / spread, 1, atol=0.2)
    alone = hazard_model(episodes, ["cause", "county"], [12, 48]).table["standard_error"]
    assert alone[0] < 0.8 * spread[0]


def test_a_level_within_one_village_has_no_error():
    episodes = made(np.random.default_rng(5), 3000, "cloglog", villages=20)
    episodes["county"] = np.where(episodes["village"] == 7, "c", episodes["county"])
    table = hazard_model(episodes, "county", cluster="village").table.set_index(["factor", "level"])
    assert np.isnan(table["standard_error"]["county", "c"])
    assert table["standard_error"]["county", "b"] > 0


def test_levels_that_can_not_be_estimated_are_all_named():
    rows = [[0, 12, None], [0, 3, "a"], [0, 13, "a"], [0, 30, None]]
    episodes = episode_table(rows).assign(cause=["illness", "job loss", "illness", "disaster"])
    with pytest.raises(FrameError) as caught:
        hazard_model(episodes, "cause", 12)
    assert caught.value.problems == [
        "months 25 to 36 has no event; merge it with another or leave it out",
        "cause disaster has no event; merge it with another or leave it out",
    ]
    always = episode_table([[0, 1, "a"], [0, 1, "a"], [0, 2, None], [0, 2, "a"]]).assign(county=list("xxyy"))
    with pytest.raises(FrameError, match="county x has events only; merge it with another"):
        hazard_model(always, "county", 12)


def test_factors_that_follow_from_one_another_are_refused():
    episodes = made(np.random.default_rng(3), 500, "logit").assign(place=lambda frame: frame["county"] * 2)
    with pytest.raises(FrameError, match="county, place can not be told apart"):
        hazard_model(episodes, ["county", "place"])


def test_a_combination_that_can_not_be_estimated_is_refused():
    """Each level has months with and without events, but the more x, u and y, v differ the likelier the rows get."""
    cells = [("x", "u", 0, 5), ("x", "v", 2, 2), ("y", "u", 2, 2), ("y", "v", 5, 0)]
    rows = [[0, 1, "a" if k < events else None, a, b] for a, b, events, none in cells for k in range(events + none)]
    episodes = episode_table([row[:3] for row in rows]).assign(one=[r[3] for r in rows], two=[r[4] for r in rows])
    for link in INVERSE:
        with pytest.raises(FrameError, match="the fit does not converge"):
            hazard_model(episodes, ["one", "two"], link=link)


def test_a_model_of_months_without_anybody_at_risk_is_refused():
    with pytest.raises(FrameError, match="nobody is at risk"):
        hazard_model(episode_table([[12, 15, "a"]]), width=[6, 12])


def test_mistakes_are_sentences():
    episodes = pd.DataFrame({"entry": [0, 0.5], "months": [1.5, 3], "event": [1, 0], "cause": ["a", None]})
    with pytest.raises(FrameError) as caught:
        hazard_model(episodes, "cause", link="probit")
    assert caught.value.problems == [
        "cause is missing: row 1",
        "entry is not whole: row 1",
        "months is not whole: row 0",
        "there is no link probit; allowed: cloglog, logit",
    ]
