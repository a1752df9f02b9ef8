"""Mir as it entered in 2001, broken up by the model made for the ISS, against what was published of its end.

An order of magnitude: nobody counted the pieces. The state at 122 km is that of the replay, whose own centre is 440 km
from the published one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from pyproj import Geod

from pointnemo.planning.entry_points import entry_state_of
from pointnemo.reentry import reenter
from pointnemo.results import Reenter
from pointnemo.scenario import load_scenario
from pointnemo.world import load_world

pytestmark = pytest.mark.validation

Figure = Callable[..., None]
CENTRE = "mission control, quoted by H. Zimmer, SeeSat-L 2001-03-24: 40 S 160 W, 1,500 km to either side"
PIECES = "press of March 2001: about 1,500 pieces, 20 to 27 t; other estimates reach 50 t"


@cache
def fallen() -> Reenter:
    few = {"reentry.fragments": 6000, "reentry.realisations": 30}
    scenario, world = load_scenario("mir-2001", few), load_world(bundled=True)
    return reenter(entry_state_of(scenario, world), scenario, world, seed=0, workers=2)


def test_where_it_fell(figure: Figure) -> None:
    centre = fallen().impact_centre
    off_m = Geod(ellps="WGS84").inv(centre.longitude_deg, centre.latitude_deg, -160.0, -40.0)[2]
    figure("mir.impact_centre", off_m / 1000.0, 1500.0, "km", CENTRE)


def test_footprint_holds_the_published_centre(figure: Figure) -> None:
    footprint = fallen().footprint
    figure("mir.heel", -footprint.heel.latitude_deg, 40.0, "deg south", CENTRE)
    figure("mir.toe", -footprint.toe.latitude_deg, 40.0, "deg south", CENTRE, kind="min")


def test_how_much_came_down(figure: Figure) -> None:
    """Published mass and number lie in the interval of 90 %; the means are high, by so much."""
    result = fallen()
    mass, pieces = result.surviving_mass_kg, result.surviving_fragments
    figure("mir.mass_low", mass.low / 1000.0, 27.0, "t", PIECES)
    figure("mir.mass_high", mass.high / 1000.0, 20.0, "t", PIECES, kind="min")
    figure("mir.mass_over_published", mass.value / 23_500.0, 2.5, "times", PIECES)
    figure("mir.pieces_low", pieces.low, 1500.0, "pieces", PIECES)
    figure("mir.pieces_high", pieces.high, 1500.0, "pieces", PIECES, kind="min")
    figure("mir.pieces_over_published", pieces.value / 1500.0, 2.5, "times", PIECES)
