"""What an OCM says before anyone judges it: the same blocks from KVN and from XML, and the keywords of each block.

Keywords, units and the columns of manoeuvre lines are those of CCSDS 502.0-B-3 (2023) as Orekit 13 reads and writes
them; the text of the standard itself was not at hand, so what is mandatory there may be optional here.
"""

from __future__ import annotations

from typing import NamedTuple

from pointnemo.errors import Defect
from pointnemo.formats.ndm_raw import Field

__all__ = [
    "BLOCKS",
    "HEADER",
    "LINES",
    "MANOEUVRE_COLUMNS",
    "MOST_BLOCKS",
    "MOST_DEFECTS",
    "MOST_LINES",
    "ONCE",
    "STATE_UNITS",
    "VERSIONS",
    "RawBlock",
    "RawOcm",
    "add_field",
    "size_defect",
]

VERSIONS = ("3.0",)
MOST_DEFECTS = 50

MOST_BLOCKS = 10_000
"""Most blocks of a message."""

MOST_LINES = 300_000
"""Most lines of numbers of a message; with the limit on its size it keeps the memory below a gigabyte."""


def _keys(unit: str, words: str) -> dict[str, str]:
    """Keywords of one unit."""
    return dict.fromkeys(words.split(), unit)


HEADER = _keys("", "CLASSIFICATION CREATION_DATE ORIGINATOR MESSAGE_ID")

_META = _keys(
    "",
    """OBJECT_NAME INTERNATIONAL_DESIGNATOR CATALOG_NAME OBJECT_DESIGNATOR ALTERNATE_NAMES ORIGINATOR_POC
    ORIGINATOR_POSITION ORIGINATOR_PHONE ORIGINATOR_EMAIL ORIGINATOR_ADDRESS TECH_ORG TECH_POC TECH_POSITION TECH_PHONE
    TECH_EMAIL TECH_ADDRESS PREVIOUS_MESSAGE_ID NEXT_MESSAGE_ID ADM_MSG_LINK CDM_MSG_LINK PRM_MSG_LINK RDM_MSG_LINK
    TDM_MSG_LINK OPERATOR OWNER COUNTRY CONSTELLATION OBJECT_TYPE TIME_SYSTEM EPOCH_TZERO OPS_STATUS ORBIT_CATEGORY
    OCM_DATA_ELEMENTS PREVIOUS_MESSAGE_EPOCH NEXT_MESSAGE_EPOCH START_TIME STOP_TIME NEXT_LEAP_EPOCH EOP_SOURCE
    INTERP_METHOD_EOP CELESTIAL_SOURCE""",
)
_META |= {"SCLK_OFFSET_AT_EPOCH": "s", "SCLK_SEC_PER_SI_SEC": "s", "TIME_SPAN": "d", "TAIMUTC_AT_TZERO": "s"}
_META |= {"NEXT_LEAP_TAIMUTC": "s", "UT1MUTC_AT_TZERO": "s"}

_TRAJ = _keys(
    "",
    """TRAJ_ID TRAJ_PREV_ID TRAJ_NEXT_ID TRAJ_BASIS TRAJ_BASIS_ID INTERPOLATION INTERPOLATION_DEGREE PROPAGATOR
    CENTER_NAME TRAJ_REF_FRAME TRAJ_FRAME_EPOCH USEABLE_START_TIME USEABLE_STOP_TIME ORB_REVNUM ORB_REVNUM_BASIS
    ORB_AVERAGING TRAJ_TYPE TRAJ_UNITS""",
)

_PHYS = _keys(
    "",
    """MANUFACTURER BUS_MODEL DOCKED_WITH DRAG_COEFF_NOM OEB_PARENT_FRAME OEB_PARENT_FRAME_EPOCH OEB_Q1 OEB_Q2 OEB_Q3
    OEB_QC SOLAR_RAD_COEFF VM_ABSOLUTE VM_APPARENT_MIN VM_APPARENT VM_APPARENT_MAX REFLECTANCE ATT_CONTROL_MODE
    ATT_ACTUATOR_TYPE""",
)
_PHYS |= _keys(
    "m**2",
    """DRAG_CONST_AREA AREA_ALONG_OEB_MAX AREA_ALONG_OEB_INT AREA_ALONG_OEB_MIN AREA_MIN_FOR_PC AREA_MAX_FOR_PC
    AREA_TYP_FOR_PC RCS RCS_MIN RCS_MAX SRP_CONST_AREA""",
)
_PHYS |= _keys("kg", "INITIAL_WET_MASS WET_MASS DRY_MASS")
_PHYS |= _keys("m", "OEB_MAX OEB_INT OEB_MIN")
_PHYS |= _keys("%", "DRAG_UNCERTAINTY SOLAR_RAD_UNCERTAINTY")
_PHYS |= _keys("deg", "ATT_KNOWLEDGE ATT_CONTROL ATT_POINTING")
_PHYS |= {"AVG_MANEUVER_FREQ": "#/yr", "MAX_THRUST": "N", "DV_BOL": "km/s", "DV_REMAINING": "km/s"}
_PHYS |= _keys("kg*m**2", "IXX IYY IZZ IXY IXZ IYZ")

_COV = _keys(
    "",
    """COV_ID COV_PREV_ID COV_NEXT_ID COV_BASIS COV_BASIS_ID COV_REF_FRAME COV_FRAME_EPOCH COV_SCALE_MIN COV_SCALE_MAX
    COV_TYPE COV_ORDERING COV_UNITS""",
)
_COV |= {"COV_CONFIDENCE": "%"}

_MAN = _keys(
    "",
    """MAN_ID MAN_PREV_ID MAN_NEXT_ID MAN_BASIS MAN_BASIS_ID MAN_DEVICE_ID MAN_PREV_EPOCH MAN_NEXT_EPOCH MAN_PURPOSE
    MAN_PRED_SOURCE MAN_REF_FRAME MAN_FRAME_EPOCH GRAV_ASSIST_NAME DC_TYPE DC_WIN_OPEN DC_WIN_CLOSE DC_MIN_CYCLES
    DC_MAX_CYCLES DC_EXEC_START DC_EXEC_STOP DC_REF_TIME DC_REF_DIR DC_BODY_FRAME DC_BODY_TRIGGER MAN_COMPOSITION
    MAN_UNITS""",
)
_MAN |= _keys("s", "DC_TIME_PULSE_DURATION DC_TIME_PULSE_PERIOD")
_MAN |= _keys("deg", "DC_PA_START_ANGLE DC_PA_STOP_ANGLE")

_PERT = _keys(
    "",
    """ATMOSPHERIC_MODEL GRAVITY_MODEL N_BODY_PERTURBATIONS OBLATE_FLATTENING OCEAN_TIDES_MODEL SOLID_TIDES_MODEL
    REDUCTION_THEORY ALBEDO_MODEL ALBEDO_GRID_SIZE SHADOW_MODEL SHADOW_BODIES SRP_MODEL SW_DATA_SOURCE SW_DATA_EPOCH
    SW_INTERP_METHOD""",
)
_PERT |= {"EQUATORIAL_RADIUS": "km", "GM": "km**3/s**2", "CENTRAL_BODY_ROTATION": "deg/s"}
_PERT |= _keys("nT", "FIXED_GEOMAG_KP FIXED_GEOMAG_AP FIXED_GEOMAG_DST")
_PERT |= {f"FIXED_{index}10P7{mean}": "SFU" for index in "FMSY" for mean in ("", "_MEAN")}

_OD = _keys(
    "",
    """OD_ID OD_PREV_ID OD_METHOD OD_EPOCH OBS_AVAILABLE OBS_USED TRACKS_AVAILABLE TRACKS_USED GDOP SOLVE_N SOLVE_STATES
    CONSIDER_N CONSIDER_PARAMS SENSORS_N SENSORS WEIGHTED_RMS DATA_TYPES""",
)
_OD |= _keys("d", "DAYS_SINCE_FIRST_OBS DAYS_SINCE_LAST_OBS RECOMMENDED_OD_SPAN ACTUAL_OD_SPAN MAXIMUM_OBS_GAP")
_OD |= _keys("m", "OD_EPOCH_EIGMAJ OD_EPOCH_EIGINT OD_EPOCH_EIGMIN OD_MAX_PRED_EIGMAJ OD_MIN_PRED_EIGMIN")
_OD |= {"OD_CONFIDENCE": "%", "SEDR": "W/kg"}

BLOCKS: dict[str, dict[str, str]] = {
    "META": _META,
    "TRAJ": _TRAJ,
    "PHYS": _PHYS,
    "COV": _COV,
    "MAN": _MAN,
    "PERT": _PERT,
    "OD": _OD,
    "USER": {},
}
"""Blocks in the order of the standard: keyword -> unit, empty where it has none."""

ONCE = frozenset({"META", "PHYS", "PERT", "OD", "USER"})
"""Blocks that may stand in a message once."""

LINES = frozenset({"TRAJ", "COV", "MAN"})
"""Blocks whose keywords are followed by lines of numbers; in XML ``<trajLine>``, ``<covLine>``, ``<manLine>``."""

_KM = ("km", "km", "km")
STATE_UNITS = {
    "CARTP": _KM,
    "CARTPV": (*_KM, *("km/s",) * 3),
    "CARTPVA": (*_KM, *("km/s",) * 3, *("km/s**2",) * 3),
}
"""Cartesian element sets of a trajectory line and their units."""

MANOEUVRE_COLUMNS = {
    "TIME_ABSOLUTE": "",
    "TIME_RELATIVE": "s",
    "MAN_DURA": "s",
    "DELTA_MASS": "kg",
    **{f"ACC_{axis}": "km/s**2" for axis in "XYZ"},
    "ACC_INTERP": "n/a",
    "ACC_MAG_SIGMA": "%",
    "ACC_DIR_SIGMA": "deg",
    **{f"DV_{axis}": "km/s" for axis in "XYZ"},
    "DV_MAG_SIGMA": "%",
    "DV_DIR_SIGMA": "deg",
    **{f"THR_{axis}": "N" for axis in "XYZ"},
    "THR_EFFIC": "n/a",
    "THR_INTERP": "n/a",
    "THR_ISP": "s",
    "THR_MAG_SIGMA": "%",
    "THR_DIR_SIGMA": "deg",
    "DEPLOY_ID": "n/a",
    **{f"DEPLOY_DV_{axis}": "km/s" for axis in "XYZ"},
    "DEPLOY_MASS": "kg",
    "DEPLOY_DV_SIGMA": "%",
    "DEPLOY_DIR_SIGMA": "deg",
    "DEPLOY_DV_RATIO": "n/a",
    "DEPLOY_DV_CDA": "m**2",
}
"""Columns that MAN_COMPOSITION may name, and their units; the two times have none in MAN_UNITS."""


class RawBlock(NamedTuple):
    """A block as written.

    Attributes:
        name: one of ``BLOCKS``.
        where: file and place of its start.
        fields: values by keyword; user-defined ones with their whole keyword.
        lines: words of each line of numbers, with the line, or the count within the block in XML.
        line_label: what that number counts: ``file, line {}``.
        comments: remarks in order.
    """

    name: str
    where: str
    fields: dict[str, Field]
    lines: list[tuple[list[str], int]]
    line_label: str
    comments: list[str]


class RawOcm(NamedTuple):
    """A message as written; ``defects`` is what the syntax reader could not take apart."""

    version: Field
    header: dict[str, Field]
    comments: tuple[str, ...]
    blocks: tuple[RawBlock, ...]
    defects: tuple[Defect, ...]


def size_defect(blocks: int, lines: int, where: str) -> Defect | None:
    """Refuse what is too large to be told by one message.

    Args:
        blocks: so far.
        lines: of numbers, in all blocks so far.
        where: place for the message.
    """
    if blocks > MOST_BLOCKS:
        return Defect(where, f"the message has more than {MOST_BLOCKS} blocks", "cut it into several messages")
    if lines > MOST_LINES:
        return Defect(where, f"the message has more than {MOST_LINES} lines of numbers", "cut it into shorter spans")
    return None


def add_field(
    fields: dict[str, Field], allowed: dict[str, str], key: str, value: str, unit: str, where: str
) -> Defect | None:
    """Note a keyword's value, or say what is wrong with the keyword: unknown here, given twice, in another unit.

    Args:
        fields: of the block so far; the value is added.
        allowed: keywords of the block with their units; empty for the user-defined block.
        key: the keyword.
        value: as written, without the unit.
        unit: as written, empty where none is.
        where: place for the message.
    """
    if not allowed and not key.startswith("USER_DEFINED_"):
        return Defect(where, f"unknown keyword {key[:40]!r}", "in this block keywords begin with USER_DEFINED_")
    if allowed and key not in allowed:
        mend = "remove it, or check its spelling and block against CCSDS 502.0-B-3 (OCM)"
        return Defect(where, f"unknown keyword {key[:40]!r}", mend)
    if key in fields:
        return Defect(where, f"{key[:40]} is given twice", f"keep one; the first is at {fields[key].where}")
    fields[key] = Field(value, where)
    expected = allowed.get(key, "")
    if unit and expected and unit.lower() != expected.lower():
        return Defect(where, f"{key} in {unit[:20]!r}", f"write it in {expected}")
    return None
