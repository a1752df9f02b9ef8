"""Matplotlib figures as inline SVG that follows the page: same bytes for the same plan, light or dark by CSS.

Figures are drawn with marker colours, which are replaced by CSS custom properties in the finished SVG; text stays text,
so that it can be searched and read aloud.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "ACCENT",
    "BURN",
    "FOOTPRINT",
    "GRID",
    "HIGH",
    "INK",
    "LAND",
    "LOW",
    "MEAN",
    "MUTED",
    "PAPER",
    "SERIES",
    "WATER",
    "figure_svg",
    "standalone",
]

# Marker colours: each stands for a CSS custom property of the page and is seen by nobody.
INK, MUTED, GRID, PAPER, LAND, WATER = "#010203", "#010204", "#010205", "#010206", "#010207", "#010208"
LOW, MEAN, HIGH, ACCENT, BURN, FOOTPRINT = "#010209", "#01020a", "#01020b", "#01020c", "#01020d", "#01020e"
SERIES = ("#01020f", "#010210", "#010211", "#010212", "#010213", "#010214")
_VARIABLES = {
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    PAPER: "paper",
    LAND: "land",
    WATER: "water",
    LOW: "low",
    MEAN: "mean",
    HIGH: "high",
    ACCENT: "accent",
    BURN: "burn",
    FOOTPRINT: "footprint",
    **{color: f"series-{i}" for i, color in enumerate(SERIES, start=1)},
}

_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": False,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "path.simplify": True,
}


def figure_svg(name: str, title: str, size_in: tuple[float, float], draw: Callable[[Figure], None]) -> str:
    """Draw a figure and give it as an ``<svg>`` element.

    Args:
        name: short word that makes the ids of this figure unlike those of others on the page.
        title: what the figure shows, for those who cannot see it.
        size_in: width and height in inches of the drawing; the page scales it.
        draw: draws on an empty figure.

    Returns:
        The element, without XML prologue, the same bytes on every run.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    style: Any = {**_STYLE, "svg.hashsalt": name}
    with rc_context(style):
        figure = Figure(figsize=size_in, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _inline(out.getvalue(), name, title)


def _inline(document: str, name: str, title: str) -> str:
    """An SVG document made fit to stand inside a page, beside others."""
    svg = document[document.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(?<= id=")', f"{name}-", svg)
    svg = re.sub(r'(?<=url\(#)|(?<=href="#)', f"{name}-", svg)
    svg = re.sub(r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), svg)
    for color, variable in _VARIABLES.items():
        svg = svg.replace(color, f"var(--{variable})")
    # Width and height in points would beat the width that the page gives; the viewBox keeps the proportions.
    svg = re.sub(r'<svg([^>]*?) height="[^"]*"', r"<svg\1", svg, count=1)
    svg = re.sub(r'<svg([^>]*?) width="[^"]*"', r"<svg\1", svg, count=1)
    label = title.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def standalone(svg: str) -> str:
    """A figure as a file of its own: the colours of the light page put in for its variables, on paper.

    Args:
        svg: as ``figure_svg`` returns it.

    Returns:
        The text of an SVG file.
    """
    css = (resources.files("pointnemo.reporting") / "report.css").read_text(encoding="utf-8")
    colors = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", css[: css.index("@media")]))
    svg = re.sub(r"var\(--([a-z0-9-]+)\)", lambda found: colors[found[1]], svg)
    head = svg.index(">") + 1
    return f'{svg[:head]}\n <rect width="100%" height="100%" fill="{colors["paper"]}"/>{svg[head:]}\n'
