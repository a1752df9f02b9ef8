"""The compiled part of the swarm: members one after another through the arcs laid out for each.

An arc is a stretch of constant thrust, constant air and no jump of mass or velocity. Each goes through ``fly_arc``, the
arc of the last days, with longer steps: what a swarm is asked for is a metre after two weeks.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.compiled import kernel
from pointnemo.motion.gravity import Gravity
from pointnemo.motion.lastdays_kernel import FINISHED, Body, Skies, fly_arc
from pointnemo.world.atmosphere import EpochTable

__all__ = ["Air", "Arcs", "fly_swarm"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FIRST_STEP_S = 30.0


class Arcs(NamedTuple):
    """The arcs of all members, one member after another.

    Attributes:
        first: index of each member's first arc, and the total, shape (n + 1,).
        start_s: shape (arcs,).
        stop_s: shape (arcs,).
        kick_mps: change of speed along the inertial velocity as the arc begins, shape (arcs,).
        mass_kg: at the start, shape (arcs,).
        flow_kg_s: propellant flow, shape (arcs,).
        thrust_n: along the velocity, along v x n and along n = r x v, shape (arcs, 3).
        density_scale: factor on the density of the table, shape (arcs,).
        air: index of the day of air, shape (arcs,).
        sample: index of the first sample after ``start_s``, and of the first after ``stop_s``, shape (arcs, 2).
    """

    first: IntArray
    start_s: FloatArray
    stop_s: FloatArray
    kick_mps: FloatArray
    mass_kg: FloatArray
    flow_kg_s: FloatArray
    thrust_n: FloatArray
    density_scale: FloatArray
    air: IntArray
    sample: IntArray


class Air(NamedTuple):
    """The density tables of all days in one, see ``EpochTable``.

    Attributes:
        log_density: shape (days, heights, 21, 11).
        log_temperature: shape (days, heights, 21).
        molar_mass: shape (days, heights, 21).
        first: node number of the first height row, the same on all days.
    """

    log_density: FloatArray
    log_temperature: FloatArray
    molar_mass: FloatArray
    first: int


@kernel
def fly_swarm(
    begin: int, end: int, states: FloatArray, samples: FloatArray, status: IntArray, ended_s: FloatArray,
    sample_times_s: FloatArray, stop_height_m: float, tolerance: float, longest_step_s: float,
    arcs: Arcs, like: Body, gravity: Gravity, skies: Skies, air: Air,
) -> None:  # fmt: skip
    """Fly the members ``begin`` to ``end`` - 1.

    Args:
        begin: first member.
        end: the one after the last.
        states: position (m) and inertial velocity (m/s) along ITRS axes, shape (n, 6); overwritten with the last ones.
        samples: filled with the states at ``sample_times_s`` after the start, shape (n, m, 6).
        status: filled with that of the last arc (``fly_arc``), shape (n,).
        ended_s: filled with the time at which each flight ended, shape (n,).
        sample_times_s: shape (m,).
        stop_height_m: geodetic height below which a flight ends.
        tolerance: largest error of one step, in orbit sizes.
        longest_step_s: no step is longer.
        arcs: of all members.
        like: drag area and length, third bodies; the rest is the arc's.
        gravity: the field.
        skies: Sun, Moon, rotation.
        air: density tables.
    """
    for member in range(begin, end):
        state = states[member]
        step_s = FIRST_STEP_S
        for a in range(arcs.first[member], arcs.first[member + 1]):
            if arcs.kick_mps[a] != 0.0:
                growth = 1.0 + arcs.kick_mps[a] / sqrt(state[3] ** 2 + state[4] ** 2 + state[5] ** 2)
                state[3:] *= growth
            body = Body(
                arcs.mass_kg[a], arcs.start_s[a], arcs.flow_kg_s[a],
                arcs.thrust_n[a, 0], arcs.thrust_n[a, 1], arcs.thrust_n[a, 2],
                like.cd_area_m2, like.length_m, arcs.density_scale[a], like.sun_moon,
            )  # fmt: skip
            day = arcs.air[a]
            table = EpochTable(air.log_density[day], air.log_temperature[day], air.molar_mass[day], air.first)
            since, until = arcs.sample[a, 0], arcs.sample[a, 1]
            status[member], ended_s[member], _, step_s = fly_arc(
                arcs.start_s[a], arcs.stop_s[a], state, stop_height_m, sample_times_s[since:until],
                samples[member, since:until], tolerance, step_s, longest_step_s, body, gravity, skies, table,
            )  # fmt: skip
            if status[member] != FINISHED:
                break
