"""Burns that were made otherwise than announced, found in arcs of a truth that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.tracking.synthetic import DAY_S, MASS_KG, START, air, burn, end_of, fix_of, station, world

from pointnemo.errors import FlightError
from pointnemo.motion.burns import BurnCommand
from pointnemo.motion.lastdays import State
from pointnemo.tracking.arcs import fit_arc
from pointnemo.tracking.calibrate import burn_sigma_mps
from pointnemo.tracking.fixes import Fix, error_columns
from pointnemo.tracking.hidden_burns import GATE, LEAST_MPS, Explanation, Suspect, explain
from pointnemo.tracking.process import BELIEF, Push
from pointnemo.world.earth import MU_KM3_S2

FloatArray = NDArray[np.float64]

DEGREE = 16
AREA_M2 = 3300.0
LOG_SIGMA = 0.26
REVOLUTION_S = float(2.0 * np.pi * np.sqrt(6793.0**3 / MU_KM3_S2))


def after(days: float) -> float:
    return START + days * DAY_S


def suspect(
    days: float,
    made: Sequence[BurnCommand] = (),
    announced: Sequence[BurnCommand] = (),
    *,
    doubtful: Sequence[str] = (),
    visits: Sequence[float] = (),
    believed_off: float = 0.1,
    rng: np.random.Generator | None = None,
    fit: bool = True,
) -> Suspect:
    """An arc of which other burns were announced than made; of the drag area 10 % more is believed.

    With ``rng`` both fixes are off by their stated errors.
    """
    ends: list[Fix] = []
    for state in (station(), end_of(station(), after(days), AREA_M2, made, degree=DEGREE)):
        fix = fix_of(state, f"file {len(ends)}")
        if rng is not None:
            off = fix.state + error_columns(fix, world().earth) @ rng.normal(size=6)
            fix = fix_of(State(fix.tt_s, off[:3], off[3:], MASS_KG), fix.name)
        ends.append(fix)
    environment = air(START, after(days), AREA_M2, DEGREE)
    try:
        arc = fit_arc(ends[0], ends[1], environment, world().earth, MASS_KG, announced) if fit else None
    except FlightError:
        arc = None
    pushes = [Push(one.start_tt_s, burn_sigma_mps(BELIEF, (one.start_tt_s - START) / DAY_S)) for one in announced]
    pushes += [Push(tt_s, BELIEF.sizes.visit_mps) for tt_s in visits]
    return Suspect(
        ends[0], ends[1], environment, MASS_KG, tuple(announced), (), arc, tuple(pushes), frozenset(doubtful),
        float(np.log(AREA_M2) + believed_off), LOG_SIGMA,
    )  # fmt: skip


def told(*args: object, **kind: object) -> Explanation:
    return explain(suspect(*args, **kind), world().earth, BELIEF.sizes)  # type: ignore[arg-type]


def off_the_revolution_s(found: float, true: float) -> float:
    """How far apart two instants lie, whole revolutions aside."""
    return abs((found - true + 0.5 * REVOLUTION_S) % REVOLUTION_S - 0.5 * REVOLUTION_S)


# --- nothing to find -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fit", [True, False])
def test_a_quiet_arc_is_as_announced(fit: bool) -> None:
    found = told(4.0, fit=fit)
    assert (found.status, found.burns, found.replaced) == ("as announced", (), "")
    assert found.chi_square == found.chi_square_announced
    assert found.chi_square < 2.0


def test_quiet_arcs_exceed_the_gate_no_more_often_than_chance() -> None:
    """Fixes off by their errors, drag by its doubt: chi-square of four gaps, twelve times."""
    rng = np.random.default_rng(7)
    values = [told(3.0, believed_off=LOG_SIGMA * rng.normal(), rng=rng).chi_square for _ in range(12)]
    assert max(values) < GATE
    assert stats.chi2.cdf(sum(values), 4 * len(values)) < 0.9995  # what the noise also holds was not drawn: jolts


def test_an_announced_burn_that_was_made_is_left_alone() -> None:
    made = burn(after(1.7), 0.5)
    for doubtful in ((), ("Reboost",)):
        found = told(4.0, [made], [made], doubtful=doubtful)
        assert (found.status, found.burns) == ("as announced", (made,))


@pytest.mark.parametrize("delta_v_mps", [0.03, -0.03])
def test_of_what_is_too_small_nothing_is_claimed(delta_v_mps: float) -> None:
    assert abs(delta_v_mps) < LEAST_MPS
    found = told(5.0, [burn(after(2.7), delta_v_mps)])
    assert (found.status, found.burns) == ("as announced", ())


def test_even_a_small_push_that_is_seen_clearly_is_not_named() -> None:
    """Where drag is known to a hundredth the gaps cannot be chance, but a jolt is not called a burn."""
    asked = suspect(5.0, [burn(after(1.0), 0.04)], believed_off=0.0)._replace(log_sigma=0.01)
    quiet = BELIEF.sizes._replace(jolt_mps=1e-4)
    found = explain(asked, world().earth, quiet)
    assert found.chi_square_announced > GATE
    assert (found.status, found.burns) == ("as announced", ())


def test_a_visit_may_push() -> None:
    """0.08 m/s at a docking is no burn; the same in a quiet arc is not chance."""
    at = after(2.5)
    pushed = [burn(at, 0.08)]
    alone = suspect(5.0, pushed, believed_off=0.0)._replace(log_sigma=0.05)
    visited = suspect(5.0, pushed, visits=[at], believed_off=0.0)._replace(log_sigma=0.05)
    assert explain(alone, world().earth, BELIEF.sizes).status == "unannounced"
    assert explain(visited, world().earth, BELIEF.sizes).status == "as announced"


# --- burns that nobody announced -------------------------------------------------------------------------------------


@pytest.mark.parametrize("delta_v_mps", [0.5, -0.4, 0.15])
@pytest.mark.parametrize(("days", "at"), [(4.0, 0.85), (5.0, 1.1), (7.0, 3.6)])
def test_an_unannounced_burn_is_found(delta_v_mps: float, days: float, at: float) -> None:
    made = burn(after(at), delta_v_mps)
    found = told(days, [made])
    assert found.status == "unannounced"
    assert found.replaced == ""
    assert found.delta_v_mps == pytest.approx(delta_v_mps, rel=0.1)
    assert abs(found.delta_v_mps - delta_v_mps) < 3.0 * found.delta_v_sigma_mps
    assert abs(found.start_tt_s - made.start_tt_s) < 3.0 * found.start_sigma_s
    assert off_the_revolution_s(found.start_tt_s, made.start_tt_s) < 600.0
    assert found.start_sigma_s < DAY_S
    assert found.chi_square < GATE < found.chi_square_announced
    (command,) = found.burns
    assert (command.start_tt_s, command.retrograde) == (found.start_tt_s, delta_v_mps < 0.0)
    assert command.delta_v_mps == pytest.approx(abs(found.delta_v_mps))
    assert command.thrust_n / MASS_KG == pytest.approx(1.7e-3)


def test_with_what_was_found_the_arc_closes() -> None:
    """The point of it: a drag area of the right size, and nothing left over."""
    asked = suspect(5.0, [burn(after(2.0), 0.5)])
    found = explain(asked, world().earth, BELIEF.sizes)
    arc = fit_arc(asked.start, asked.end, asked.environment, world().earth, MASS_KG, found.burns)
    assert arc.cd_area_m2 == pytest.approx(AREA_M2, rel=0.3)
    assert np.abs(arc.miss_rtn_km).max() < 0.1
    assert np.abs(arc.gap[:3]).max() < 0.05


def test_stated_errors_of_time_and_size_hold() -> None:
    """Fixes off by their errors, drag by its doubt, burns anywhere: chi-square over ten arcs (99.9 %)."""
    rng = np.random.default_rng(21)
    errors = []
    for _ in range(10):
        made = burn(after(rng.uniform(0.4, 3.5)), rng.choice([-1.0, 1.0]) * rng.uniform(0.25, 0.8))
        found = told(4.0, [made], believed_off=LOG_SIGMA * rng.normal(), rng=rng, fit=False)
        assert found.status == "unannounced"
        signed = -made.delta_v_mps if made.retrograde else made.delta_v_mps
        errors.append(
            [(found.start_tt_s - made.start_tt_s) / found.start_sigma_s,
             (found.delta_v_mps - signed) / found.delta_v_sigma_mps]
        )  # fmt: skip
        assert off_the_revolution_s(found.start_tt_s, made.start_tt_s) < 900.0
    most = stats.chi2.ppf(0.999, len(errors))
    squares = (np.array(errors) ** 2).sum(axis=0)
    assert (squares < most).all(), squares
    assert (squares > 0.5).all(), squares  # and they are no boast


# --- burns that were announced otherwise -----------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "delta_v_mps"), [(10.0, 0.35), (-10.0, 0.75), (24.0, 0.5)])
def test_a_burn_moved_and_resized_is_replanned(hours: float, delta_v_mps: float) -> None:
    announced = burn(after(1.7), 0.5, "GMT040 Reboost")
    made = burn(announced.start_tt_s + 3600.0 * hours, delta_v_mps)
    found = told(5.0, [made], [announced])
    assert (found.status, found.replaced) == ("replanned", "GMT040 Reboost")
    assert abs(found.start_tt_s - made.start_tt_s) < 3.0 * found.start_sigma_s
    assert off_the_revolution_s(found.start_tt_s, made.start_tt_s) < 600.0
    assert found.delta_v_mps == pytest.approx(delta_v_mps, rel=0.1)
    assert len(found.burns) == 1
    assert found.burns[0].id != "GMT040 Reboost"


def test_of_two_burns_the_one_that_moved_is_named() -> None:
    first, second = burn(after(1.2), 0.5, "First"), burn(after(3.2), 0.3, "Second")
    found = told(5.0, [first, burn(second.start_tt_s + 36_000.0, 0.45)], [first, second])
    assert (found.status, found.replaced) == ("replanned", "Second")
    assert found.burns[0] == first
    assert found.delta_v_mps == pytest.approx(0.45, rel=0.1)


@pytest.mark.parametrize("doubtful", [(), ("Reboost",)])
@pytest.mark.parametrize("delta_v_mps", [0.5, -0.3])
def test_a_burn_that_was_not_made(delta_v_mps: float, doubtful: tuple[str, ...]) -> None:
    """One burn more, equal and opposite at the same instant, would explain it too: that is no burn to be flown."""
    announced = burn(after(1.7), delta_v_mps)
    found = told(5.0, [], [announced], doubtful=doubtful)
    assert (found.status, found.replaced, found.burns) == ("not made", "Reboost", ())
    assert found.start_tt_s == announced.start_tt_s


def test_of_two_burns_the_one_that_was_not_made_is_named() -> None:
    first, second = burn(after(1.2), 0.5, "First"), burn(after(3.2), 0.3, "Second")
    found = told(5.0, [first], [first, second], doubtful=("Second",))
    assert (found.status, found.replaced, found.burns) == ("not made", "Second", (first,))


def test_one_more_burn_beside_an_announced_one() -> None:
    announced = burn(after(1.7), 0.5)
    found = told(5.0, [announced, burn(after(3.5), -0.4)], [announced])
    assert found.status == "unannounced"
    assert found.burns[0] == announced
    assert found.delta_v_mps == pytest.approx(-0.4, rel=0.1)
    assert abs(found.start_tt_s - after(3.5)) < 3.0 * found.start_sigma_s


def test_a_burn_of_another_size_at_its_time() -> None:
    announced = burn(after(1.7), 0.5)
    found = told(5.0, [burn(after(1.7), 0.35)], [announced])
    assert (found.status, found.replaced) == ("resized", "Reboost")
    assert found.start_tt_s == announced.start_tt_s
    assert abs(found.delta_v_mps - 0.35) < 3.0 * found.delta_v_sigma_mps
    assert found.chi_square < found.chi_square_announced
    assert [one.start_tt_s for one in found.burns] == [announced.start_tt_s]


def test_the_order_of_the_announced_burns_does_not_matter() -> None:
    first, second = burn(after(1.2), 0.5, "First"), burn(after(3.2), 0.3, "Second")
    asked = suspect(5.0, [first, burn(after(3.7), 0.45)], [first, second])
    turned = asked._replace(burns=asked.burns[::-1], pushes=asked.pushes[::-1])
    if asked.fitted:
        turned = turned._replace(fitted=replace(asked.fitted, burns=turned.burns))
    one, other = (explain(each, world().earth, BELIEF.sizes) for each in (asked, turned))
    assert (one.status, one.replaced) == (other.status, other.replaced)
    assert one.start_tt_s == pytest.approx(other.start_tt_s, abs=1.0)
