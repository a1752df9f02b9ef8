"""Who warns where: the NAVAREAs of mariners and the flight information regions of pilots, by position.

Both tables are approximate, good enough to address a draft; whoever issues the warning knows the limits.

NAVAREAs: limits of the World-Wide Navigational Warning Service (IMO resolution A.706(17) as amended, MSC.1/Circ.1288),
typed from a public transcription of them in words; the figure of the circular itself was not at hand. Coasts are drawn
coarsely, inland of the real ones, because only places at sea are asked for.

Flight information regions of the South Pacific: round coordinates of the regions' limits as mapped by the VAT-Spy data
project of VATSIM (state of 2026-08-07), rounded; Auckland Oceanic is drawn on to the pole, as NOTAM B3661/26 NZZO uses
it to 63 S. Melbourne and Brisbane are from memory. The New Zealand domestic region and other places have none here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["FIRS", "NAVAREAS", "Region", "general_area", "regions_of"]

FloatArray = NDArray[np.float64]
Corner = tuple[float, float]


WORDS = "limits as told in words; coasts are drawn coarsely"
MAPPED = "limits rounded from a map of a flight simulation network, not from a State's publication"
REMEMBERED = "limits from memory"


class Region(NamedTuple):
    """One region.

    Attributes:
        id: Roman number of a NAVAREA, location indicator of a flight information region.
        name: of the coordinator's country, or of the region.
        ring: corners, longitude and latitude in degrees, not closed; longitudes run on beyond 180.
        basis: how its limits are known.
    """

    id: str
    name: str
    ring: tuple[Corner, ...]
    basis: str = WORDS


# fmt: off
NAVAREAS = (
    Region("I", "United Kingdom", ((-35, 48.45), (31, 48.45), (31, 66), (11.67, 65), (-5, 65), (-5, 75), (-17.5, 75),
                                   (-35, 66.5))),
    Region("II", "France", ((-35, 7), (-20, 7), (-20, -6), (13, -6), (13, 8), (-5.6, 33), (-5.6, 43), (3, 44),
                            (3, 48.45), (-35, 48.45))),
    Region("III", "Spain", ((-5.6, 30), (36.5, 30), (36.5, 37), (42, 40), (42, 48), (12, 46), (3, 44), (-5.6, 37))),
    Region("IV", "United States", ((-51.65, 4.5), (-35, 7), (-35, 67), (-95, 67), (-98, 18), (-95, 17), (-90, 14.5),
                                   (-85, 11), (-83, 9), (-80, 9.1), (-77.5, 8), (-75, 3), (-52, 3))),
    Region("V", "Brazil", ((-51.65, 4.5), (-60, 0), (-60, -20), (-53.38, -33.75), (-20, -35.83), (-20, 7), (-35, 7))),
    Region("VI", "Argentina", ((-53.38, -33.75), (-70, -33.75), (-70, -52), (-67.27, -55.98), (-67.27, -90), (-20, -90),
                               (-20, -35.83))),
    Region("VII", "South Africa", ((13, -6), (-20, -6), (-20, -90), (80, -90), (80, -30), (55, -30), (55, -10.5),
                                   (30, -10.5), (20, -6))),
    Region("VIII", "India", ((68, 23.75), (63, 12), (51.27, 11.83), (40, 5), (37, -10.5), (55, -10.5), (55, -30),
                             (95, -30), (95, 6), (98.5, 10), (98.5, 23), (75, 24))),
    Region("IX", "Pakistan", ((51.27, 11.83), (63, 12), (68, 23.75), (68, 26), (48, 32), (32, 31), (32, 27), (43, 10))),
    Region("X", "Australia", ((80, -90), (160, -90), (160, -45), (170, -29), (170, 0), (141, 0), (141, -10),
                              (127, -10), (127, -12), (95, -12), (95, -30), (80, -30))),
    Region("XI", "Japan", ((98.5, 10), (95, 6), (95, -12), (127, -12), (127, -10), (141, -10), (141, 0), (180, 0),
                           (180, 45), (138.33, 45), (135, 42.29), (130.7, 42.4), (118, 42), (100, 24))),
    Region("XII", "United States", ((180, 0), (240, 0), (240, -3.4), (280.5, -3.4), (282, 0), (282.5, 7.5), (280, 9.1),
                                    (277, 9), (275, 11), (270, 14.5), (265, 17), (262, 18), (250, 32), (240, 50),
                                    (225, 62), (200, 66), (191.03, 67), (191.03, 65.5), (172, 53), (180, 50))),
    Region("XIII", "Russian Federation", ((130.7, 42.4), (135, 42.29), (138.33, 45), (180, 45), (180, 50), (172, 53),
                                          (191.03, 65.5), (191.03, 67), (130, 67))),
    Region("XIV", "New Zealand", ((170, 0), (170, -29), (160, -45), (160, -90), (240, -90), (240, 0))),
    Region("XV", "Chile", ((240, -18.35), (240, -90), (292.73, -90), (292.73, -55.98), (288, -52), (289, -45),
                           (291, -33), (290.5, -18.35))),
    Region("XVI", "Peru", ((240, -3.4), (240, -18.35), (289.6, -18.35), (290, -15), (284, -8), (280.5, -3.4))),
    Region("XVII", "Canada", ((191.03, 67), (240, 67), (240, 90), (191.03, 90))),
    Region("XVIII", "Canada", ((240, 67), (325, 67), (325, 90), (240, 90))),
    Region("XIX", "Norway", ((-35, 66.5), (-17.5, 75), (-5, 75), (-5, 65), (11.67, 65), (31, 69.5), (31.7, 70.4),
                             (30, 71), (30, 90), (-35, 90))),
    Region("XX", "Russian Federation", ((30.8, 67), (125, 67), (125, 90), (30, 90), (30, 71), (31.7, 70.4))),
    Region("XXI", "Russian Federation", ((125, 67), (191.03, 67), (191.03, 90), (125, 90))),
)
"""All NAVAREAs."""

FIRS = (
    Region("NZZO", "Auckland Oceanic", ((163, -90), (229, -90), (229, -30), (203, -30), (203, -5), (188.83, -5),
                                        (184.89, -13.92), (180, -25), (171.42, -25), (168, -28), (163, -30)), MAPPED),
    Region("NTTT", "Tahiti", ((203, -30), (240, -30), (240, 3.5), (215, 3.5), (205, -5), (203, -5)), MAPPED),
    Region("SCIZ", "Isla de Pascua", ((229, -90), (270, -90), (270, -15), (240, -15), (240, -30), (229, -30)), MAPPED),
    Region("NFFF", "Nadi", ((163, -24), (163, -30), (168, -28), (171.42, -25), (180, -25), (184.89, -13.92),
                            (188.83, -5), (180, -5), (180, 3.5), (170, 3.5), (170, -10), (161.25, -14)), MAPPED),
    Region("KZAK", "Oakland Oceanic", ((180, -5), (205, -5), (215, 3.5), (240, 3.5), (240, 30), (233, 37.5),
                                       (229, 47.5), (208, 56.75), (196, 53), (180, 49.7), (163, 45.7), (165, 29),
                                       (151, 21), (130, 21), (130, 7), (133, 3.5), (141, 0), (160, 0), (160, 3.5),
                                       (180, 3.5)), MAPPED),
    Region("SPIM", "Lima", ((270, -18.35), (290, -18.35), (288, -12), (282, -4), (279.5, -3.4), (270, -3.4)), MAPPED),
    Region("SCFZ", "Antofagasta", ((270, -28.5), (290.5, -28.5), (291, -18.35), (270, -18.35)), MAPPED),
    Region("SCEZ", "Santiago", ((270, -38.5), (289, -38.5), (290.5, -28.5), (270, -28.5)), MAPPED),
    Region("SCTZ", "Puerto Montt", ((270, -47), (288, -47), (289, -38.5), (270, -38.5)), MAPPED),
    Region("SCCZ", "Punta Arenas", ((270, -90), (307, -90), (307, -58.35), (292.73, -58.35), (292.73, -55), (288, -50),
                                    (288, -47), (270, -47)), MAPPED),
    Region("YMMM", "Melbourne", ((75, -90), (163, -90), (163, -45), (150, -45), (150, -37.5), (138, -25), (110, -12),
                                 (92, -2), (75, -6)), REMEMBERED),
    Region("YBBB", "Brisbane", ((150, -45), (163, -45), (163, -17.67), (161.25, -14), (155, -14), (155, -12),
                                (144, -9.6), (130, -11), (138, -25), (150, -37.5)), REMEMBERED),
)
"""Flight information regions in and around the South Pacific."""
# fmt: on


def regions_of(
    ring: FloatArray, table: tuple[Region, ...], overlap_deg: float = 0.0
) -> tuple[tuple[Region, FloatArray], ...]:
    """The regions that an area lies in, and which part of it.

    Args:
        ring: shape (n, 2), longitude and latitude in degrees, not closed; longitudes of any turn.
        table: ``NAVAREAS`` or ``FIRS``.
        overlap_deg: how far a part reaches beyond the limits of its region.

    Returns:
        Region and its part of the area, in the turn of longitude of the area, largest part first. A part in several
        pieces is their convex hull, within the area's own hull.
    """
    from shapely import Polygon, convex_hull
    from shapely.affinity import translate
    from shapely.geometry.polygon import orient

    area = Polygon(ring)
    found: list[tuple[float, Region, FloatArray]] = []
    for region in table:
        limits = Polygon(region.ring)
        for turn in (-720.0, -360.0, 0.0, 360.0):
            there = translate(limits, xoff=turn)
            inside = area.intersection(there).area
            if inside <= 0.0:
                continue
            part = (
                area.intersection(there.buffer(overlap_deg, join_style="mitre"))
                if overlap_deg
                else area.intersection(there)
            )
            whole = part if isinstance(part, Polygon) else convex_hull(part)
            assert isinstance(whole, Polygon)
            corners = np.asarray(orient(whole, 1.0).exterior.coords)[:-1]
            found.append((inside, region, corners))
    found.sort(key=lambda one: -one[0])
    return tuple((region, corners) for _, region, corners in found)


def general_area(ring: FloatArray) -> str:
    """The sea an area lies in, as the first line of a warning names it, such as ``SOUTH PACIFIC``.

    Args:
        ring: shape (n, 2), longitude and latitude in degrees.

    Returns:
        Upper case.
    """
    longitude = float(ring[:, 0].mean()) % 360.0
    latitude = float(ring[:, 1].mean())
    if latitude < -60.0:
        return "SOUTHERN OCEAN"
    if latitude > 67.0:
        return "ARCTIC OCEAN"
    if 20.0 <= longitude < 120.0 and latitude < 30.0:
        return "INDIAN OCEAN"
    if 120.0 <= longitude < (290.0 if latitude < 8.0 else 260.0):
        return f"{'SOUTH' if latitude < 0 else 'NORTH'} PACIFIC"
    return f"{'SOUTH' if latitude < 0 else 'NORTH'} ATLANTIC"
