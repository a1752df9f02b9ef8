"""Wind: the climatology against what is known of the zonal mean, the reader of profiles, gusts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointnemo.errors import InputError
from pointnemo.world import wind

JANUARY, JULY = 15.0, 196.0
QUIET = (120.0, 120.0, 8.0)


def zonal(day: float, heights: list[float], latitudes: list[float]) -> np.ndarray:
    return wind.zonal_wind_mps(day, heights, latitudes, *QUIET)


@pytest.mark.parametrize(("day", "sign"), [(JANUARY, 1.0), (JULY, -1.0)])
def test_subtropical_jet_of_the_winter_hemisphere(day: float, sign: float) -> None:
    """20 to 40 m/s near 10 to 12 km at 30 to 45 degrees (zonal mean of any climatology)."""
    jet = zonal(day, [10.0, 11.0, 12.0], [sign * 30.0, sign * 35.0, sign * 40.0, sign * 45.0])
    assert 20.0 < jet.max() < 40.0
    surface = zonal(day, [0.0], [sign * 40.0])
    assert abs(float(surface[0, 0])) < 12.0


@pytest.mark.parametrize(("day", "winter"), [(JANUARY, 1.0), (JULY, -1.0)])
def test_stratosphere_blows_west_in_summer_and_east_in_winter(day: float, winter: float) -> None:
    at = zonal(day, [50.0], [winter * 45.0, -winter * 45.0])[0]
    assert 40.0 < at[0] < 100.0  # westerlies of winter, 60 to 80 m/s
    assert -90.0 < at[1] < -30.0  # easterlies of summer


@pytest.mark.parametrize(("day", "winter"), [(JANUARY, 1.0), (JULY, -1.0)])
def test_summer_easterlies_turn_above_the_mesopause(day: float, winter: float) -> None:
    below, above = zonal(day, [70.0, 95.0], [-winter * 35.0])[:, 0]
    assert below < -30.0
    assert above > 10.0


def test_no_wind_at_the_poles_and_no_jump_at_the_equator() -> None:
    latitudes = np.arange(-90.0, 90.01, 0.5)
    field = zonal(JULY, [0.0, 20.0, 60.0, 100.0], list(latitudes))
    assert np.all(field[:, [0, -1]] == 0.0)
    assert np.all(np.isfinite(field))
    assert np.max(np.abs(np.diff(field, axis=1))) < 12.0  # m/s in half a degree, at the end of the polar taper


def test_the_table_is_the_climatology() -> None:
    table = wind.climatology(JULY, *QUIET)
    east, north = wind.wind_at(table, 0, 12_500.0, np.radians(-35.0))
    assert east == pytest.approx(float(zonal(JULY, [12.5], [-35.0])[0, 0]), rel=1e-9)
    assert north == 0.0
    assert wind.is_windy(table)
    assert not wind.is_windy(wind.CALM)
    assert wind.wind_at(wind.CALM, 0, 12_500.0, 0.3) == (0.0, 0.0)


def test_a_profile_holds_everywhere_and_beyond_its_ends() -> None:
    table = wind.profile_wind([1.0, 10.0, 20.0], [0.0, 45.0, -5.0], [2.0, 2.0, -8.0])
    for height_km, east, north in ((0.0, 0.0, 2.0), (5.5, 22.5, 2.0), (15.0, 20.0, -3.0), (90.0, -5.0, -8.0)):
        for latitude in (-1.5, 0.0, 0.7):
            found = wind.wind_at(table, 0, 1000.0 * height_km, latitude)
            assert found == pytest.approx((east, north), abs=1e-9)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wind.csv"
    path.write_text("# sounding\nheight_km,east_mps,north_mps\n0,1,-1\n\n10, 31 ,4\n")
    assert wind.wind_at(wind.read_profile(path), 0, 5000.0, 0.0) == pytest.approx((16.0, 1.5))


def test_all_that_is_wrong_with_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "wind.csv"
    path.write_text("height_km,east_mps,north_mps\n0,x,1\n5,900,inf\n4,1,1\n6,1\n500,1,1\n")
    with pytest.raises(InputError) as caught:
        wind.read_profile(path)
    told = [str(defect) for defect in caught.value.defects]
    assert [line.split(":")[1] for line in told] == ["2", "3", "3", "4", "5", "6"]
    assert "east_mps is 'x'" in told[0]
    assert "at most 400" in told[1] + told[2]


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "is empty"), ("a,b,c\n1,2,3\n", "header"), ("height_km,east_mps,north_mps\n1,2,3\n", "1 heights")],
)
def test_files_that_hold_no_profile(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "wind.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=told):
        wind.read_profile(path)


def test_a_missing_file_is_refused_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none, climatology, or the path"):
        wind.read_profile(tmp_path / "nothing.csv")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        wind.read_profile(tmp_path / "binary")


def test_gusts_have_their_size_and_their_correlation() -> None:
    rng = np.random.default_rng(3)
    drawn = np.array([wind.draw_gusts(12.0, rng) for _ in range(3000)])
    assert np.std(drawn[:, :, 2:]) == pytest.approx(12.0, rel=0.02)
    assert np.std(drawn[:, :, 0]) == pytest.approx(6.0, rel=0.04)  # friction
    rows = round(14.0 / wind.GUST_STEP_KM)
    for part in (drawn[:, 0], drawn[:, 1]):
        assert np.corrcoef(part[:, 5], part[:, 5 + rows])[0, 1] == pytest.approx(np.exp(-2.0), abs=0.06)
    assert abs(np.corrcoef(drawn[:, 0, 9], drawn[:, 1, 9])[0, 1]) < 0.06


@settings(max_examples=40, deadline=None)
@given(st.floats(-1e5, 1e6), st.floats(-np.pi / 2, np.pi / 2), st.integers(0, 2))
def test_wind_is_finite_wherever_it_is_asked_for(height_m: float, latitude: float, run: int) -> None:
    gusts = [np.tile(np.linspace(-9.0, 9.0, 61), (3, 1))] * 2
    table = wind.with_gusts(wind.profile_wind([0.0, 50.0], [5.0, 10.0], [0.0, 1.0]), *gusts)
    east, north = wind.wind_at(table, run, height_m, latitude)
    assert -4.0 - 1e-9 <= east <= 19.0 + 1e-9
    assert -9.0 <= north <= 10.0
