"""The fragment kernel under each option: wind, density by height, shapes, laws, walls, melting, oxidation, rolling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from tests.reentry.flights import pieces, ranges_km, state_of

from pointnemo.motion.aerodynamics import SLOW_LAWS, Drag, continuum_drag
from pointnemo.reentry import EntryState
from pointnemo.reentry.air import layer_factor
from pointnemo.reentry.air_errors import air_of_runs, draw_layers, mean_wind
from pointnemo.reentry.catalogue import draw_pieces, station_bodies, strata_of
from pointnemo.reentry.flight import empty_outcome, fly_fragments, fly_to_heights
from pointnemo.reentry.heating import melted_area
from pointnemo.reentry.pack import (
    ALWAYS,
    COMPUTED,
    HEATING_LAWS,
    MELTING,
    NEVER,
    RECEDING,
    STILL_AIR,
    THIN_SHELL,
    Air,
    Fragments,
    Laws,
    Materials,
    Outcome,
    Steps,
    fate_of,
    join_fragments,
    laws_of,
    pack_materials,
)
from pointnemo.scenario.entry_models import DensityLayer, Material
from pointnemo.scenario.models import Scenario
from pointnemo.world import atmosphere
from pointnemo.world.wind import draw_gusts, profile_wind, with_gusts

RELEASE = state_of(78.0, -45.0, 0.0, 7414.0, -0.99, 61.4)
STEEL = Materials(*(np.array([v]) for v in (7900.0, 545.0, 1700.0, 286098.0, 0.5, 16.0, 17.5e6)))
ONE = np.ones(1)


def fly(fragments: Fragments, laws: Laws | None = None, air: Air = STILL_AIR, materials: Materials = STEEL) -> Outcome:
    outcome = empty_outcome(len(fragments.mass_kg))
    table = atmosphere.us76_table()
    fly_fragments(0, len(fragments.mass_kg), fragments, materials, 0.0, table, Steps(), outcome, laws, air)
    return outcome


def piece(beta: float, fate: int = ALWAYS, mass: float = 10.0, **columns: np.ndarray) -> Fragments:
    return pieces(RELEASE, mass, mass / (beta * 0.913), fate=fate)._replace(**columns)


def east(speed_mps: float) -> Air:
    return Air(profile_wind([0.0, 120.0], [speed_mps, speed_mps], [0.0, 0.0]))


# --- wind ----------------------------------------------------------------------------------------------------------


def test_without_wind_every_bit_stays() -> None:
    for fate in (ALWAYS, COMPUTED):
        plain, windless = fly(piece(30.0, fate)), fly(piece(30.0, fate), air=east(0.0))
        for a, b in zip(plain, windless, strict=True):
            # a wind of nothing takes the other way through the code; what it adds is 0
            np.testing.assert_allclose(a, b, rtol=1e-12)


def test_light_pieces_drift_with_the_wind() -> None:
    """A foil of 2 kg/m2 falls for 40 minutes; 10 m/s all the way are its fall time times 10 m/s."""
    straight, blown = fly(piece(2.0)), fly(piece(2.0), air=east(10.0))
    lag = 6378.0 * np.cos(blown.latitude_rad) * (blown.longitude_rad - straight.longitude_rad)
    assert float(lag[0]) == pytest.approx(0.010 * float(blown.duration_s[0]), rel=0.08)
    # the wind at the ground is part of the impact speed
    assert float(blown.speed_mps[0]) == pytest.approx(np.hypot(float(straight.speed_mps[0]), 10.0), rel=0.02)


def test_wind_matters_less_for_dense_pieces() -> None:
    moved = []
    for beta in (2.0, 20.0, 200.0, 2000.0):
        a, b = fly(piece(beta)), fly(piece(beta), air=east(30.0))
        moved.append(abs(float(b.longitude_rad[0] - a.longitude_rad[0])))
    assert moved == sorted(moved, reverse=True)


def test_two_jets_drift_pieces_as_in_the_open_study() -> None:
    """Two 30 m/s layers across the track: 33 km at 2 kg/m2, 16 at 10, 6 at 100, 3.6 at 500 (their heights untold)."""
    heights = np.array([0.0, 8.0, 9.0, 15.0, 16.0, 45.0, 46.0, 70.0, 71.0, 120.0])
    layers = np.array([0.0, 0.0, 30.0, 30.0, 0.0, 0.0, 30.0, 30.0, 0.0, 0.0])
    across = np.radians(61.4)
    jets = Air(profile_wind(heights, -np.cos(across) * layers, np.sin(across) * layers))
    for beta, drift in ((2.0, 33.0), (10.0, 16.0), (100.0, 6.0)):
        a, b = fly(piece(beta)), fly(piece(beta), air=jets)
        north = 6371.0 * (b.latitude_rad - a.latitude_rad)
        way = 6371.0 * np.cos(a.latitude_rad) * (b.longitude_rad - a.longitude_rad)
        assert drift / 2.5 < float(np.hypot(north, way)[0]) < 2.5 * drift


def test_wind_acts_as_an_independent_integrator_says() -> None:
    """A slow piece under a wind that turns with height."""
    state = state_of(12.0, 10.0, 0.0, 120.0, -80.0, 90.0)
    heights = np.linspace(0.0, 20.0, 41)
    air = Air(profile_wind(heights, 20.0 * np.sin(heights / 4.0), 20.0 * np.cos(heights / 4.0)))
    mass, area, table = 10.0, 10.0 / (200.0 * 0.913), atmosphere.us76_table()
    cd = continuum_drag(0.3, SLOW_LAWS["plate"])

    def fall(blowing: float) -> tuple[float, np.ndarray]:
        """Time and place of the impact on a flat Earth: east, north, height."""

        def rate(_: float, y: np.ndarray) -> np.ndarray:
            past = y[3:] - blowing * 20.0 * np.array([np.sin(y[2] / 4000.0), np.cos(y[2] / 4000.0), 0.0])
            density = atmosphere.epoch_density(table, y[2] / 1000.0, 0.17, 12.0)
            weight = np.array([0.0, 0.0, -9.785 * (1.0 - 2.0 * y[2] / 6.37e6)])
            pull = -0.5 * density * np.linalg.norm(past) * cd * area / mass * past
            return np.concatenate([y[3:], pull + weight])

        def down(_: float, y: np.ndarray) -> float:
            return float(y[2])

        down.terminal = True  # type: ignore[attr-defined]
        start = [0.0, 0.0, 12_000.0, 120.0 * np.cos(np.radians(80.0)), 0.0, -120.0 * np.sin(np.radians(80.0))]
        truth = solve_ivp(rate, (0.0, 900.0), start, events=down, rtol=1e-9, atol=1e-6, max_step=1.0)
        return float(truth.t_events[0][0]), truth.y_events[0][0][:2]

    fragments = pieces(state, mass, area)._replace(slow_law=np.array([SLOW_LAWS["plate"]]))
    out, still = fly(fragments, air=air), fly(fragments)
    (seconds, blown), (_, straight) = fall(1.0), fall(0.0)
    assert float(out.duration_s[0]) == pytest.approx(seconds, rel=2e-3)
    # the drift of the Coriolis force, some metres, is in both flights of ours
    moved = blown - straight
    found = np.array(
        [
            6.378e6 * np.cos(np.radians(10.0)) * float(out.longitude_rad[0] - still.longitude_rad[0]),
            6.34e6 * float(out.latitude_rad[0] - still.latitude_rad[0]),
        ]
    )
    assert found == pytest.approx(moved, abs=0.01 * float(np.hypot(*moved)) + 5.0)


def test_each_run_has_its_own_gusts() -> None:
    rng = np.random.default_rng(1)
    gusts = [np.array(part) for part in zip(*(draw_gusts(12.0, rng) for _ in range(2)), strict=True)]
    air = Air(with_gusts(profile_wind([0.0, 120.0], [0.0, 0.0], [0.0, 0.0]), *gusts))
    both = join_fragments([piece(5.0, run=np.array([0])), piece(5.0, run=np.array([1]))])
    out = fly(both, air=air)
    alone = fly(piece(5.0, run=np.array([1])), air=air)
    assert out.latitude_rad[0] != out.latitude_rad[1]
    for column, single in zip(out, alone, strict=True):
        assert column[1] == single[0]


def test_the_station_feels_the_wind_too() -> None:
    def place(air: Air) -> np.ndarray:
        flown = RELEASE[None, :].copy()
        fly_to_heights(
            flown, np.zeros(1), 1e4 * ONE, 150.0 * ONE, 10.0 * ONE, 30_000.0 * ONE, 1.0, 0.0,
            atmosphere.us76_table(), Steps(), None, air,
        )  # fmt: skip
        return flown[0]

    assert np.linalg.norm(place(east(50.0))[:3] - place(STILL_AIR)[:3]) > 500.0


# --- density by height ---------------------------------------------------------------------------------------------


def layered(logs: list[float], heights_km: list[float]) -> Air:
    return STILL_AIR._replace(layer_m=1000.0 * np.array(heights_km), layer_log=np.array([logs]))


def test_errors_by_height_are_linear_between_and_hold_beyond() -> None:
    air = layered([0.1, 0.3, -0.2], [20.0, 60.0, 80.0])
    for height_km, log in (
        (0.0, 0.1),
        (20.0, 0.1),
        (40.0, 0.2),
        (60.0, 0.3),
        (70.0, 0.05),
        (80.0, -0.2),
        (200.0, -0.2),
    ):
        assert np.log(layer_factor(air, 0, 1000.0 * height_km)) == pytest.approx(log, abs=1e-12)


def test_denser_air_stops_pieces_sooner() -> None:
    thin, plain, thick = (
        ranges_km(fly(piece(100.0), air=air), -45.0, 0.0)[0]
        for air in (layered([-0.2, -0.2], [0.0, 120.0]), STILL_AIR, layered([0.2, 0.2], [0.0, 120.0]))
    )
    assert thick < plain < thin
    # +20 % after a break-up at 78 km: 20 to 52 km in an independent study
    assert 15.0 < plain - thick < 55.0


def test_errors_by_height_take_the_place_of_the_single_factor() -> None:
    air = layered([0.0, 0.0], [0.0, 120.0])
    scaled = piece(100.0, density_scale=1.5 * ONE)
    assert fly(scaled, air=air).latitude_rad[0] == fly(piece(100.0)).latitude_rad[0]
    assert fly(scaled).latitude_rad[0] != fly(piece(100.0)).latitude_rad[0]


def test_layers_are_drawn_with_their_bias_spread_and_correlation(scenario: Scenario) -> None:
    layers = {
        "top": DensityLayer(height_km=110.0, sigma=0.3, bias=-0.2),
        "low": DensityLayer(height_km=20.0, sigma=0.05),
        "mid": DensityLayer(height_km=90.0, sigma=0.2, bias=0.1),
    }
    reentry = scenario.reentry.model_copy(update={"density_layers": layers})
    rng = np.random.default_rng(5)
    drawn = np.array([draw_layers(reentry, rng) for _ in range(4000)])  # by rising height: low, mid, top
    assert drawn.mean(axis=0) == pytest.approx([0.0, 0.1, -0.2], abs=0.02)
    assert drawn.std(axis=0) == pytest.approx([0.05, 0.2, 0.3], rel=0.05)
    assert np.corrcoef(drawn[:, 1], drawn[:, 2])[0, 1] == pytest.approx(np.exp(-1.0), abs=0.05)
    assert abs(np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1]) < 0.1


def test_the_air_of_a_run_depends_on_seed_and_run_alone(scenario: Scenario) -> None:
    asked = {"wind": "climatology", "density_layers": {"a": DensityLayer(height_km=50.0, sigma=0.1)}}
    reentry = scenario.reentry.model_copy(update=asked)
    mean = mean_wind(reentry, 100.0, 120.0, 120.0, 8.0)
    many, few = air_of_runs(mean, reentry, 7, range(5)), air_of_runs(mean, reentry, 7, [3])
    assert np.array_equal(many.wind.gust_east_mps[3], few.wind.gust_east_mps[0])
    assert np.array_equal(many.layer_log[3], few.layer_log[0])
    other = air_of_runs(mean, reentry, 8, [3])
    assert not np.array_equal(other.layer_log, few.layer_log)
    none = scenario.reentry.model_copy(update={"wind": "none", "density_layers": {}})
    assert air_of_runs(mean_wind(none, 100.0, 120.0, 120.0, 8.0), none, 7, range(5)) is STILL_AIR


# --- shapes and attitudes ------------------------------------------------------------------------------------------


def test_blunt_pieces_land_more_slowly() -> None:
    speeds = [
        float(fly(piece(50.0, slow_law=np.array([SLOW_LAWS[law]]))).speed_mps[0]) for law in ("sphere", "cube", "plate")
    ]
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[2] / speeds[0] == pytest.approx(np.sqrt(0.43 / 0.899), rel=0.05)


def test_less_drag_flies_farther() -> None:
    trimmed = piece(100.0, drag_continuum=0.33 * ONE, drag_free=0.5 * ONE)
    heavier = piece(100.0 / 0.33)
    found, wanted = (float(ranges_km(fly(f), -45.0, 0.0)[0]) for f in (trimmed, heavier))
    assert found == pytest.approx(wanted, rel=0.03)
    body = Drag(continuum=0.33, free=0.33)
    places = []
    for drag in (None, body):
        flown = RELEASE[None, :].copy()
        fly_to_heights(
            flown, np.zeros(1), 1e3 * ONE, 10.0 * ONE, 3.0 * ONE, 40_000.0 * ONE, 1.0, 0.0, atmosphere.us76_table(),
            Steps(), drag,
        )  # fmt: skip
        places.append(float(np.linalg.norm(flown[0, :3] - RELEASE[:3])))
    assert places[1] > 1.2 * places[0]


def test_lift_that_rolls_averages_out() -> None:
    def distance(**columns: np.ndarray) -> float:
        return float(ranges_km(fly(piece(200.0, **columns)), -45.0, 0.0)[0])

    straight = distance()
    held = distance(lift_up=0.1 * ONE)
    rolling = distance(lift_up=0.1 * ONE, roll_rad_s=2.0 * ONE)
    assert abs(rolling - straight) < 0.1 * abs(held - straight)
    assert distance(lift_up=0.1 * ONE, roll_rad_s=np.zeros(1)) == held


# --- heat ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("law", HEATING_LAWS)
def test_pieces_melt_under_every_law(law: str) -> None:
    out = fly(piece(150.0, COMPUTED), Laws(heating=HEATING_LAWS[law]))
    assert out.status[0] in (0, 1)
    assert out.mass_kg[0] < 10.0
    assert out.peak_temperature_k[0] == STEEL.melting_temperature_k[0]


def test_a_sharper_nose_is_hotter() -> None:
    blunt, sharp = (fly(piece(400.0, COMPUTED, 50.0, nose_radius_m=radius * ONE)).mass_kg[0] for radius in (0.0, 0.01))
    assert sharp < blunt
    area = 50.0 / (400.0 * 0.913)
    same = fly(piece(400.0, COMPUTED, 50.0, nose_radius_m=np.sqrt(area / np.pi) * ONE)).mass_kg[0]
    assert same == pytest.approx(blunt, rel=1e-9)


def test_oxidation_melts_more() -> None:
    left = [float(fly(piece(400.0, COMPUTED, 50.0), Laws(oxidation=share)).mass_kg[0]) for share in (0.0, 0.5, 1.0)]
    assert left == sorted(left, reverse=True)
    assert left[2] < left[0]


def test_layers_agree_with_one_temperature_where_heat_spreads_at_once() -> None:
    copper = STEEL._replace(conductivity_w_m_k=np.array([4e4]))
    one, many = (fly(piece(400.0, COMPUTED, 50.0), Laws(wall=wall), materials=copper) for wall in (0, 1))
    assert many.mass_kg[0] == pytest.approx(one.mass_kg[0], rel=0.02)
    # without a conductivity a wall has one temperature whatever is asked
    unknown = STEEL._replace(conductivity_w_m_k=np.array([0.0]))
    assert fly(piece(400.0, COMPUTED, 50.0), Laws(wall=1), materials=unknown).mass_kg[0] == one.mass_kg[0]


def test_a_slab_that_conducts_badly_melts_from_outside() -> None:
    """Solid steel of 0.25 m set free at 78 km stays below its melting point as one lump, and loses some as layers."""
    mass, area = 7900.0 * np.pi / 6.0 * 0.25**3, 0.25 * np.pi * 0.25**2
    solid = pieces(RELEASE, mass, area, fate=COMPUTED)
    lump, layers = (fly(solid, Laws(wall=wall)) for wall in (0, 1))
    assert lump.peak_temperature_k[0] < layers.peak_temperature_k[0]
    assert lump.mass_kg[0] == pytest.approx(mass)
    assert layers.mass_kg[0] <= mass


def test_geometries_of_melting() -> None:
    volume = 10.0 / 7900.0
    area = np.pi * 0.2**2
    shell, receding, thin = (
        melted_area(MELTING[key], 7900.0, area, 5.0, 0.0, 10.0, 0.0)
        for key in ("shell-then-solid", "receding", "thin-shell")
    )
    assert shell == thin == area
    inner = 0.2**3 - 0.75 / np.pi * volume
    assert receding == pytest.approx(np.pi * (inner + 0.375 / np.pi * volume) ** (2.0 / 3.0), rel=1e-9)
    # a solid recedes with the two thirds power of its mass, but as a thin shell it never shrinks
    assert melted_area(RECEDING, 7900.0, area, 0.0, 2.0, 0.0, 16.0) == pytest.approx(area / 4.0)
    assert melted_area(THIN_SHELL, 7900.0, area, 0.0, 2.0, 0.0, 16.0) == area


def test_a_balloon_keeps_its_size() -> None:
    """With the outer size kept a piece is slower and larger at the ground than one that recedes."""
    solid = piece(400.0, COMPUTED, 50.0)
    receding, balloon = (fly(solid, Laws(melting=MELTING[key])) for key in ("receding", "thin-shell"))
    assert balloon.area_m2[0] == solid.area_m2[0]
    assert receding.area_m2[0] < solid.area_m2[0]
    assert balloon.speed_mps[0] < receding.speed_mps[0]


@settings(max_examples=40, deadline=None)
@given(
    beta=st.floats(1.0, 1500.0),
    mass=st.floats(0.05, 400.0),
    share=st.floats(0.0, 1.0),
    emissivity=st.floats(0.05, 0.5),
    law=st.sampled_from([0, 1, 3, 4]),
    melting=st.integers(0, 2),
    wall=st.integers(0, 1),
)
def test_mass_never_grows_and_more_emissivity_is_cooler(
    beta: float, mass: float, share: float, emissivity: float, law: int, melting: int, wall: int
) -> None:
    area = mass / (beta * 0.913)
    laws = Laws(heating=law, melting=melting, wall=wall)
    hollow = pieces(RELEASE, mass, area, wall_kg=share * mass, fate=COMPUTED)
    dull, shiny = (
        fly(hollow, laws, materials=STEEL._replace(emissivity=np.array([value])))
        for value in (2.0 * emissivity, emissivity)
    )
    for out in (dull, shiny):
        assert 0.0 <= out.mass_kg[0] <= mass * (1.0 + 1e-12)
        assert 0.0 < out.area_m2[0] <= area * (1.0 + 1e-12)
        assert 300.0 <= out.peak_temperature_k[0] <= STEEL.melting_temperature_k[0] + 1e-6
        assert out.status[0] in (0, 1)
    assert dull.peak_temperature_k[0] <= shiny.peak_temperature_k[0] + 1.0


# --- what a scenario asks for --------------------------------------------------------------------------------------


def test_laws_are_those_of_the_scenario(scenario: Scenario) -> None:
    assert laws_of(scenario.reentry) == Laws()
    asked = {"heating_law": "scarab", "melting": "receding", "wall_model": "layers", "oxidation": 0.4}
    chosen = laws_of(scenario.reentry.model_copy(update=asked))
    assert chosen == Laws(heating=HEATING_LAWS["scarab"], melting=RECEDING, wall=1, oxidation=0.4)


def test_composites_survive_unless_told_otherwise(scenario: Scenario) -> None:
    classes, materials = scenario.reentry.classes, scenario.materials

    def fate(key: str, survive: bool) -> int:
        return fate_of(classes[key], materials[classes[key].material], survive)

    assert fate("tank-composite", True) == ALWAYS
    assert fate("tank-composite", False) == COMPUTED
    assert fate("shell-panel", True) == fate("shell-panel", False) == COMPUTED
    never = classes["tank-composite"].model_copy(update={"survives": "never"})
    assert fate_of(never, materials["graphite-epoxy"], True) == NEVER


def test_materials_are_many_and_each_cell_has_a_source(scenario: Scenario) -> None:
    from pointnemo.scenario.sources import source_of

    assert len(scenario.materials) >= 25
    packed = pack_materials(scenario)
    assert packed.conductivity_w_m_k.shape == packed.density_kg_m3.shape
    for key, row in scenario.materials.items():
        for cell in Material.model_fields:
            value = getattr(row, cell)
            if isinstance(value, bool) or value in (None, 0.0):
                continue
            found = source_of(scenario.sources, f"materials.{key}.{cell}")
            assert found is not None
            assert found[0] != "materials", f"{key}.{cell} has no source of its own"
    assert scenario.materials["beryllium"].toxic
    assert scenario.materials["mli"].floats
    assert scenario.sources["materials.aa7075-drama"].mark == "published"
    assert source_of(scenario.sources, "materials.ss-304.emissivity")[1].mark == "guess"  # type: ignore[index]


def test_columns_that_are_left_out_are_filled_when_packs_are_joined() -> None:
    joined = join_fragments([piece(10.0), piece(10.0, drag_free=2.0 * ONE, run=np.array([3]))])
    assert joined.drag_free.tolist() == [1.0, 2.0]
    assert joined.run.tolist() == [0, 3]
    assert joined.slow_law.size == 0


def test_pieces_carry_their_shape(scenario: Scenario, entry: EntryState) -> None:
    strata = strata_of(scenario, station_bodies(scenario, entry.mass_kg))
    draw = draw_pieces(scenario, strata, 900, np.random.default_rng(2))
    classes = tuple(scenario.reentry.classes.values())
    shape = np.array([row.shape for row in classes])[draw.fragment_class]
    assert set(draw.slow_law[shape == "plate"]) == {SLOW_LAWS["plate"]}
    assert set(draw.slow_law[shape == "box"]) == {SLOW_LAWS["cube"]}
    assert not draw.nose_radius_m.any()
    sharp = scenario.reentry.model_copy(update={"nose_radius": "half-smallest"})
    again = draw_pieces(scenario.model_copy(update={"reentry": sharp}), strata, 900, np.random.default_rng(2))
    ratio = again.nose_radius_m / np.sqrt(again.area_m2 / np.pi)
    assert ratio[shape == "shell"] == pytest.approx(1.0)
    # a cube has half an edge of sqrt(pi / 6) of the radius of the sphere with its surface
    assert ratio[shape == "box"] == pytest.approx(np.sqrt(np.pi / 6.0))
    assert np.all(ratio[shape == "plate"] < 0.3)
