"""Who is at risk: casualty area, exposure of people, how far from land the fragments fall, and what to close."""

from pointnemo.risk.casualty_area import (
    cnes_casualty_area_m2,
    mean_outline_m,
    nasa_casualty_area_m2,
    opiela_matney_casualty_area_m2,
)
from pointnemo.risk.exposure import critical_area_m2, latitude_probability, probability_of_casualty
from pointnemo.risk.hazard import hazard_areas
from pointnemo.risk.hazard_burn import BurnSpread, burn_spread_of
from pointnemo.risk.hazard_pieces import floating_pieces, toxic_pieces
from pointnemo.risk.latitudes import uncontrolled
from pointnemo.risk.stage import assess, dangerous_fragments, largest_burn_failure_probability
from pointnemo.risk.tree import FailedBranch, Failure, RiskTree, largest_failure_probability, risk_tree

__all__ = [
    "BurnSpread",
    "FailedBranch",
    "Failure",
    "RiskTree",
    "assess",
    "burn_spread_of",
    "cnes_casualty_area_m2",
    "critical_area_m2",
    "dangerous_fragments",
    "floating_pieces",
    "hazard_areas",
    "largest_burn_failure_probability",
    "largest_failure_probability",
    "latitude_probability",
    "mean_outline_m",
    "nasa_casualty_area_m2",
    "opiela_matney_casualty_area_m2",
    "probability_of_casualty",
    "risk_tree",
    "toxic_pieces",
    "uncontrolled",
]
