from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from pyproj import Geod
from shapely import Polygon, contains_xy
from tests.assess_factory import make_areas
from tests.factories import ENTRY, iso
from tests.risk.hazards import fallen

from pointnemo.errors import PointnemoError
from pointnemo.results import HazardArea, Opportunity, Place
from pointnemo.risk.backup import backup_areas, checked, held, windows_joined
from pointnemo.world.land import Land, load_land

HEEL, TOE = (-138.4, -41.5), (-111.0, -51.4)


@pytest.fixture(scope="module")
def land() -> Land:
    return load_land()


def opportunity(
    heel: tuple[float, float] = HEEL,
    toe: tuple[float, float] = TOE,
    entry: datetime | None = ENTRY,
    id: str = "primary",
) -> Opportunity:
    heel_place, toe_place = (Place(longitude_deg=x, latitude_deg=y) for x, y in (heel, toe))
    return Opportunity(
        id=id,
        kind="primary" if id == "primary" else "next-day",
        revolutions_later=0,
        pass_direction="descending",
        final_burn_utc=iso(ENTRY),
        entry_utc=None if entry is None else iso(entry),
        aim=heel_place,
        reference_impact=None,
        miss_km=None,
        converged=True,
        burns=(),
        propellant_kg=0.0,
        perigee_before_km=0.0,
        heel=heel_place,
        toe=toe_place,
        land_clearance_km=800.0,
        nearest_land="",
        ice_clearance_km=2000.0,
        clear=True,
        short_by_km=0.0,
    )


def declared() -> HazardArea:
    (area,) = make_areas(ids=("declared",))
    return area


def ring(area: HazardArea) -> Polygon:
    return Polygon(area.polygon)


def test_carried_onto_itself_it_holds_itself(land: Land) -> None:
    area = declared()
    (same,) = backup_areas([area], opportunity(), opportunity(id="again"), land)
    assert ring(same).covers(ring(area))
    assert ring(same).area < 1.4 * ring(area).area
    assert same.windows == area.windows
    assert len(same.polygon) <= 11


def test_a_day_later_and_farther_west(land: Land) -> None:
    area = declared()
    later = ENTRY + timedelta(hours=23, minutes=44, seconds=30)
    west = opportunity((HEEL[0] - 45.0 + 360.0, HEEL[1]), (TOE[0] - 45.0, TOE[1]), later, "next-day")
    (moved,) = backup_areas([area], opportunity(), west, land)
    shifted = Polygon([(x - 45.0, y) for x, y in area.polygon])
    turn = 360.0 * np.round((shifted.centroid.x - ring(moved).centroid.x) / 360.0)
    assert Polygon([(x + turn, y) for x, y in moved.polygon]).covers(shifted)
    first, new = area.windows[0], moved.windows[0]
    assert datetime.fromisoformat(new.from_utc) <= datetime.fromisoformat(first.from_utc) + (later - ENTRY)
    assert datetime.fromisoformat(new.to_utc) >= datetime.fromisoformat(first.to_utc) + (later - ENTRY)
    assert moved.nearest_land.name
    assert moved.land_distance_km < area.land_distance_km  # New Zealand is nearer


def test_a_longer_pass_draws_it_out_and_a_shorter_one_does_not_draw_it_together(land: Land) -> None:
    area = declared()
    geod = Geod(ellps="WGS84")
    beyond = geod.fwd(*HEEL, geod.inv(*HEEL, *TOE)[0], 1.3 * geod.inv(*HEEL, *TOE)[2])[:2]
    short = geod.fwd(*HEEL, geod.inv(*HEEL, *TOE)[0], 0.5 * geod.inv(*HEEL, *TOE)[2])[:2]
    (longer,) = backup_areas([area], opportunity(), opportunity(toe=beyond, id="longer"), land)
    (shorter,) = backup_areas([area], opportunity(), opportunity(toe=short, id="shorter"), land)
    assert longer.length_km > 1.25 * area.length_km
    assert shorter.length_km >= area.length_km
    assert contains_xy(ring(longer), *beyond)


def test_land_inside_is_no_distance(land: Land) -> None:
    inland = opportunity((115.0, -25.0), (140.0, -32.0), id="over Australia")
    (moved,) = backup_areas([declared()], opportunity(), inland, land)
    assert moved.land_distance_km == 0.0


def test_no_entry_no_areas_and_no_direction_no_answer(land: Land) -> None:
    assert backup_areas([declared()], opportunity(), opportunity(entry=None, id="none"), land) == ()
    with pytest.raises(PointnemoError, match="no direction"):
        backup_areas([declared()], opportunity(toe=HEEL), opportunity(id="x"), land)


# --- runs of the pass itself ------------------------------------------------------------------------------------------


def flat(down_km: np.ndarray, cross_km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Down-range to the east of 130 W along the equator, cross-range to the north."""
    return np.asarray(cross_km) / 111.2, -130.0 + np.asarray(down_km) / 111.2


def square(turn_deg: float = 0.0) -> HazardArea:
    """500 km to all sides of the origin of ``flat``."""
    reach = 500.0 / 111.2
    west, east = -130.0 - reach + turn_deg, -130.0 + reach + turn_deg
    ring = ((west, -reach), (east, -reach), (east, reach), (west, reach), (west, -reach))
    return declared().model_copy(update={"polygon": ring})


def test_runs_with_a_piece_outside_are_counted() -> None:
    down = np.array([0.0, 490.0, 510.0, -520.0, 0.0, 900.0])
    pieces = fallen(np.array([0, 0, 1, 1, 2, 3]), down, np.zeros(6))
    every = np.array([True, True, True, True, True, False])  # the last does not count
    for turn in (0.0, 360.0, -360.0):
        (area,) = checked([square(turn)], pieces, {"declared": every}, 4, np.zeros(4), flat)
        assert (area.checked_runs, area.checked_inside) == (4, 0.75)
    (moved,) = checked([square()], pieces, {"declared": every}, 4, np.array([20.0, -100.0, 0.0, 0.0]), flat)
    assert moved.checked_inside == 0.5  # the burn's error takes run 0 out as well
    (other,) = checked([square()], pieces, {"safety": every}, 4, np.zeros(4), flat)
    assert other.checked_inside is None


@pytest.mark.parametrize(
    ("level", "outside", "holds"), [(0.99, 0, True), (0.99, 1, True), (0.99, 3, False), (0.99999, 1, False)]
)
def test_chance_decides_how_many_runs_may_lie_outside(level: float, outside: int, holds: bool) -> None:
    """Of 50 runs one lies outside 99 % in two cases of five, three in one of seventy; outside 99.999 % none."""
    update = {"level": level, "checked_runs": 50, "checked_inside": 1.0 - outside / 50}
    assert held(declared().model_copy(update=update)) is holds
    assert held(declared())


def test_windows_hold_both() -> None:
    area = declared()
    sea, air, *_ = area.windows
    early = (datetime.fromisoformat(sea.from_utc) - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    joined = windows_joined(area, [sea.model_copy(update={"from_utc": early})])
    assert (joined.windows[0].from_utc, joined.windows[0].to_utc) == (early, sea.to_utc)
    assert joined.windows[1:] == area.windows[1:]
    assert windows_joined(area, [air.model_copy(update={"to_utc": air.from_utc})]) == area
