"""Ground tracks: geometry that can be checked by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointnemo.descent.geometry import (
    WGS84,
    GroundTrack,
    aimed_place,
    argument_of_impact,
    argument_of_latitude,
    unwrapped_argument_of_latitude,
)
from pointnemo.errors import InputError
from pointnemo.scenario.models import Aim

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


@pytest.mark.parametrize("name", ["Point Nemo", ""])
def test_an_aim_that_is_moved_far_is_no_longer_called_by_its_name(name: str) -> None:
    """A shift along the track, and one to a track further east: both count."""
    wanted = Aim(latitude_deg=NEMO[0], longitude_deg=NEMO[1], name=name)
    track = GroundTrack.through(*NEMO, 51.63, "descending")
    assert aimed_place(track, wanted).name == aimed_place(track.moved(90.0), wanted).name == name
    for far in (track.moved(-2975.0), GroundTrack.through(NEMO[0], NEMO[1] + 10.0, 51.63, "descending")):
        place = aimed_place(far, wanted)
        assert (place.latitude_deg, place.longitude_deg) == (far.latitude_deg, far.longitude_deg)
        apart = WGS84.inv(NEMO[1], NEMO[0], far.longitude_deg, far.latitude_deg)[2] / 1000.0
        assert place.name == (f"{apart:,.0f} km from Point Nemo" if name else "")


def test_argument_of_an_impact_is_that_of_the_plane_above_dense_air() -> None:
    """On an orbit with its node at 40 deg the body is carried 0.1 deg out of the plane: along it nothing changes."""
    i, node = np.radians(51.63), np.radians(40.0)
    towards = np.array([np.cos(node), np.sin(node), 0.0])
    across = np.array([-np.cos(i) * np.sin(node), np.cos(i) * np.cos(node), np.sin(i)])
    pole = np.cross(towards, across)
    u = np.radians([200.0, 230.0, 236.0, 237.0])
    position = np.array([np.cos(one) * towards + np.sin(one) * across for one in u])
    velocity = np.array([np.cos(one) * across - np.sin(one) * towards for one in u])
    velocity[2:] = [0.3, 0.1, -0.9]  # in the dense air it says nothing
    position[3] = np.cos(0.002) * position[3] + np.sin(0.002) * pole
    height = np.array([150.0, 101.0, 99.0, 0.0])
    flight = SimpleNamespace(
        position_km=(6378.0 + height)[:, None] * position, velocity_km_s=7.8 * velocity, height_km=height
    )
    assert argument_of_impact(flight, np.eye(3)) == pytest.approx(u[3], abs=1e-12)  # type: ignore[arg-type]
    turned = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # the equinox is free
    assert argument_of_impact(flight, turned) == pytest.approx(u[3], abs=1e-12)  # type: ignore[arg-type]


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
