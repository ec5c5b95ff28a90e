"""Industry: crops at the county's price, a gain of farm income, dividends."""

from __future__ import annotations

from sim.columns import rule


@rule("farm property")
def industry(
    farm,
    property,
    farm_uplift,
    dividends,
    crop_orchards,
    crop_camellia,
    crop_vegetables,
    crop_other,
    price_orchards,
    price_camellia,
    price_vegetables,
    price_other,
    disaster_loss,
    shelter,
):
    """Adds what industry instruments yield; disasters hit instruments' crops as they hit other farming."""
    crops = (
        crop_orchards * price_orchards
        + crop_camellia * price_camellia
        + crop_vegetables * price_vegetables
        + crop_other * price_other
    )
    left = 1 - disaster_loss * (1 - min(shelter, 1))
    return farm * (1 + farm_uplift) + crops * left, property + dividends
