"""Ground tracks: geometry that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointnemo.descent.geometry import GroundTrack, argument_of_latitude, unwrapped_argument_of_latitude
from pointnemo.errors import InputError

NEMO = (-48.8767, -123.3933)


@pytest.mark.parametrize("direction", ["ascending", "descending"])
def test_track_runs_through_its_place(direction: str) -> None:
    track = GroundTrack.through(*NEMO, 51.63, direction)  # type: ignore[arg-type]
    latitude, longitude = track.at(0.0)
    assert latitude == pytest.approx(NEMO[0], abs=1e-9)
    assert longitude == pytest.approx(NEMO[1], abs=1e-9)


def test_southbound_track_goes_on_south_and_east() -> None:
    latitude, longitude = GroundTrack.through(*NEMO, 51.63, "descending").at(np.array([0.0, 500.0]))
    assert latitude[1] < latitude[0]
    assert longitude[1] > longitude[0]


def test_southbound_and_northbound_tracks_mirror_at_the_apex() -> None:
    south = GroundTrack.through(*NEMO, 51.63, "descending")
    north = GroundTrack.through(*NEMO, 51.63, "ascending")
    to_apex = (1.5 * np.pi - south.argument_rad) * 6371.0088
    assert north.argument_rad - 1.5 * np.pi == pytest.approx(1.5 * np.pi - south.argument_rad)
    # Geodetic latitude of the apex: atan(tan(51.63 deg) / (1 - f)^2) = 51.817 deg.
    assert south.at(to_apex)[0] == pytest.approx(-51.817, abs=0.002)


@given(
    st.floats(-50, 50),
    st.floats(-180, 180),
    st.floats(-2500, 2500),
    st.sampled_from(["ascending", "descending"]),
)
def test_moving_there_and_back_returns(latitude: float, longitude: float, along: float, direction: str) -> None:
    track = GroundTrack.through(latitude, longitude, 51.63, direction)  # type: ignore[arg-type]
    back = track.moved(along).moved(-along)
    assert back.latitude_deg == pytest.approx(latitude, abs=1e-6)
    assert (back.longitude_deg - longitude + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)
    assert back.direction == direction


def test_an_aim_beyond_the_inclination_is_refused_with_a_cure() -> None:
    with pytest.raises(InputError) as caught:
        GroundTrack.through(-60.0, 0.0, 51.63, "ascending")
    assert "descent.aim.latitude_deg" in str(caught.value)
    assert "51.8" in str(caught.value)


def test_argument_of_latitude_of_known_states() -> None:
    i = np.radians(51.63)
    u = np.radians([0.0, 90.0, 180.0, 269.0, 359.0])
    position = 6600 * np.stack([np.cos(u), np.sin(u) * np.cos(i), np.sin(u) * np.sin(i)], axis=1)
    velocity = 7.77 * np.stack([-np.sin(u), np.cos(u) * np.cos(i), np.cos(u) * np.sin(i)], axis=1)
    assert np.degrees(argument_of_latitude(position, velocity)) == pytest.approx([0, 90, 180, 269, 359], abs=1e-9)


def test_unwrapped_argument_rises_through_the_node() -> None:
    i = np.radians(51.63)
    u = np.radians(np.arange(0.0, 1000.0, 20.0))
    position = 6600 * np.stack([np.cos(u), np.sin(u) * np.cos(i), np.sin(u) * np.sin(i)], axis=1)
    velocity = 7.77 * np.stack([-np.sin(u), np.cos(u) * np.cos(i), np.cos(u) * np.sin(i)], axis=1)
    assert unwrapped_argument_of_latitude(position, velocity) == pytest.approx(u, abs=1e-9)
