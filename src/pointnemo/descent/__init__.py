"""Descend: drift, lowering, crew departure, targeted burns."""

from pointnemo.descent.activity_lines import LINES, crew_departure, final_phase_s
from pointnemo.descent.geometry import GroundTrack
from pointnemo.descent.lowering.optimum import optimum_of
from pointnemo.descent.lowering.trade import trade_of
from pointnemo.descent.stage import descend, hand_over

__all__ = ["LINES", "GroundTrack", "crew_departure", "descend", "final_phase_s", "hand_over", "optimum_of", "trade_of"]
