"""Descend: drift, lowering, crew departure, targeted burns."""

from pointnemo.descent.geometry import GroundTrack
from pointnemo.descent.lines import LINES, crew_departure, final_phase_s
from pointnemo.descent.optimum import optimum_of
from pointnemo.descent.stage import descend, hand_over
from pointnemo.descent.trade import trade_of

__all__ = ["LINES", "GroundTrack", "crew_departure", "descend", "final_phase_s", "hand_over", "optimum_of", "trade_of"]
