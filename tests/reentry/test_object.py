"""One object: against SESAM's spheres, against the fragments' kernel, and what its laws must do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.reentry.flights import fly, material, pieces, state_of

from pointnemo.motion.aerodynamics import Drag
from pointnemo.reentry.object_flight import DEMISED, FINE, LANDED, Flown, FlyingObject, Marks, Parcel, fly_object
from pointnemo.reentry.object_report import ObjectReport
from pointnemo.reentry.pack import COMPUTED, HEATING_LAWS, Air, Laws, Steps
from pointnemo.world import atmosphere

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "objects"
SESAM = "SESAM 2.3.0 / DRAMA 4.1.4, measured in open notes"
Figure = Callable[..., None]
P, M = Parcel(), Marks()


def reported(name: str) -> ObjectReport:
    from pointnemo.planning.one_object import object_of

    return object_of(EXAMPLES / f"{name}.toml", bundled=True)


@pytest.mark.validation
def test_r100_as_a_user_flies_it(figure: Figure) -> None:
    report = reported("sphere-r100")
    temperature = report.peaks[0]
    assert report.outcome == "impact"
    assert report.end.mass_share == 1.0
    figure("object.r100_impact_time", 100.0 * abs(report.end.time_s / 366.0 - 1.0), 0.5, "%", SESAM)
    figure("object.r100_peak_temperature", 100.0 * abs(temperature.value / 2104.0 - 1.0), 1.0, "%", SESAM)
    figure("object.r100_peak_temperature_time", abs(temperature.time_s - 143.0), 1.0, "s", SESAM)


@pytest.mark.validation
def test_e1_as_a_user_flies_it(figure: Figure) -> None:
    report = reported("sphere-e1")
    start = report.trajectory[0]
    figure("object.e1_drag", 100.0 * abs(start.drag_coefficient / 1.993 - 1.0), 2.0, "%", SESAM)
    figure("object.e1_load", 100.0 * abs(start.deceleration_g / 16.62 - 1.0), 2.0, "%", SESAM)
    figure("object.e1_peak_load", 100.0 * abs(report.peaks[1].value / 210.0 - 1.0), 2.0, "%", SESAM)


def body(**changes: float | Drag) -> FlyingObject:
    """An aluminium sphere of 100 mm with a wall of 10 mm, as the demise study has it."""
    area, wall = 0.25 * np.pi * 0.01, 2700.0 * np.pi / 6.0 * (0.1**3 - 0.08**3)
    given = {
        "wall_kg": wall, "core_kg": 0.0, "area_m2": area, "nose_m": 0.05, "drag": Drag(), "density": 2700.0,
        "specific_heat": 1100.0, "melting_k": 850.0, "fusion": 390e3, "emissivity": 0.3, "conductivity": 0.0,
        "oxide_heat": 0.0, "heat_scale": 1.0, "density_scale": 1.0, "drag_scale": 1.0,
    }  # fmt: skip
    return FlyingObject(**{**given, **changes})  # type: ignore[arg-type]


START = state_of(122.0, 0.0, 0.0, 7410.0, -0.1, 61.4)


def flown(one: FlyingObject, laws: Laws | None = None, steps: Steps = FINE, temperature: float = 300.0) -> Flown:
    table = atmosphere.us76_table()
    heights = np.arange(120_000.0, 0.0, -10_000.0)
    return fly_object(START, temperature, one, heights, 0.0, table, laws or Laws(), Air(), steps)


def test_it_is_the_kernel_of_the_fragments() -> None:
    """Same steps, same ends: a wall that melts away, and one that comes down."""
    hollow, heavy = body(), body(wall_kg=0.0, core_kg=36.0, area_m2=0.25 * np.pi * 0.0625, nose_m=0.125)
    metal = material(2700.0, 1100.0, 850.0, 390e3, 0.3)
    titanium = {"density": 4400.0, "specific_heat": 600.0, "melting_k": 1950.0, "fusion": 470e3}
    for one, stuff in ((hollow, metal), (heavy._replace(**titanium), material(4400.0, 600.0, 1950.0, 470e3, 0.3))):
        steps = Steps()
        out = fly(
            pieces(START, one.wall_kg + one.core_kg, one.area_m2, wall_kg=one.wall_kg, fate=COMPUTED),
            stuff,
            steps=steps,
        )
        mine = flown(one, steps=steps)
        last = mine.parcel[-1]
        assert mine.status == (LANDED if out.status[0] == 1 else DEMISED)
        assert last[P.wall] + last[P.core] == pytest.approx(out.mass_kg[0], rel=0.02, abs=1e-9)
        # where nothing lands on a height the steps are the same; here the last one before each height is cut
        assert last[P.time] == pytest.approx(out.duration_s[0], rel=2e-3)


def test_finer_steps_change_nothing() -> None:
    ends = [flown(body(), steps=Steps(share * FINE.tolerance, share * FINE.longest_s)).parcel[-1] for share in (1, 0.5)]
    assert ends[0][P.time] == pytest.approx(ends[1][P.time], rel=1e-4)


def test_a_body_that_starts_hot_melts_sooner() -> None:
    cold, hot = flown(body()), flown(body(), temperature=800.0)
    assert hot.status == cold.status == DEMISED
    assert np.linalg.norm(hot.parcel[-1][:3]) > np.linalg.norm(cold.parcel[-1][:3])


def test_rows_stand_at_the_heights_asked_for() -> None:
    from pointnemo.world.earth import geodetic

    result = flown(body(melting_k=1e9))
    heights = np.array([float(geodetic(row[:3] / 1000.0)[2]) for row in result.parcel])
    assert heights[0] == pytest.approx(122.0, abs=1e-6)
    assert heights[1:] == pytest.approx(np.arange(120.0, -1.0, -10.0), abs=2e-3)
    assert result.peaks[M.temperature, 0] >= result.marks[:, M.temperature].max()


def test_factors_do_what_they_say() -> None:
    usual, thin, draggy = (
        flown(body(melting_k=1e9)),
        body(melting_k=1e9, emissivity=0.9),
        body(melting_k=1e9, drag_scale=2.0),
    )
    assert flown(thin).peaks[M.temperature, 0] < usual.peaks[M.temperature, 0]
    assert flown(draggy).marks[0, M.drag] == pytest.approx(2.0 * usual.marks[0, M.drag])
    assert flown(draggy).peaks[M.temperature, 0] < usual.peaks[M.temperature, 0]


@pytest.mark.parametrize("law", sorted(HEATING_LAWS))
def test_every_law_holds_from_entry_to_the_ground(law: str) -> None:
    """Fast and rare, slow and dense: finite all the way; 30 % of heat are 8 % of temperature."""
    result = flown(body(melting_k=1e9), Laws(heating=HEATING_LAWS[law]))
    assert result.status == LANDED
    assert np.isfinite(result.marks).all()
    assert result.peaks[M.temperature, 0] == pytest.approx(flown(body(melting_k=1e9)).peaks[M.temperature, 0], rel=0.15)
