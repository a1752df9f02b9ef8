"""The part of the report about areas to be closed, warnings, rules and the tree of risk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pointnemo.formats.safety_texts import DRAFT
from pointnemo.reporting import hazard_figures, hazard_words, maps, tags
from pointnemo.results import Assess, Impacts, Place, Trajectory

__all__ = ["hazard_parts", "risk_parts"]

FloatArray = NDArray[np.float64]


def risk_parts(assess: Assess) -> list[str]:
    """Rules, casualty areas, the tree and the risk of a person; what is not there is left out.

    Args:
        assess: the assessment.

    Returns:
        HTML, in order.
    """
    parts: list[str] = []
    person = hazard_words.individual_words(assess)
    pieces = [*hazard_words.failure_words(assess), *hazard_words.piece_words(assess)]
    person += hazard_words.exposure_words(assess)
    if person or pieces:
        parts.append(tags.facts([*pieces, *((f"probability: {label}", text) for label, text in person)]))
    if assess.rules:
        note = f"<p class='muted'>{hazard_words.RULES_NOTE}</p>"
        parts += ["<h3>Rules</h3>", note, tags.table(*hazard_words.rule_table(assess))]
    if assess.branches:
        drawn = hazard_figures.branch_figure(assess)
        caption = "Expected casualties of each branch if it happens, and times its probability where one is given."
        parts += ["<h3>If a burn fails</h3>", tags.figure(drawn, caption) if drawn else ""]
        parts.append(tags.table(*hazard_words.branch_table(assess)))
    if assess.casualty_areas:
        header, rows = hazard_words.casualty_table(assess)
        parts.append(tags.details("Casualty area by definition", tags.table(header, rows)))
    if assess.expectation_parts:
        header, rows = hazard_words.part_table(assess)
        parts.append(tags.details("What the interval of the expectation is made of", tags.table(header, rows)))
    return parts


def hazard_parts(
    assess: Assess,
    coastlines: Sequence[FloatArray],
    islands: Sequence[Place] = (),
    trajectory: Trajectory | None = None,
    impacts: Impacts | None = None,
    backup_track: FloatArray | None = None,
    origin: str = "the aim point",
) -> list[str]:
    """Map, density, areas, windows and the texts of the warnings; what is not there is left out.

    Args:
        assess: the assessment.
        coastlines: arrays (n, 2) of longitude and latitude in degrees, cut at the 180th meridian.
        islands: named places for the map.
        trajectory: the last days.
        impacts: fragments at the ground.
        backup_track: its ground track, shape (n, 2), longitude and latitude in degrees.
        origin: from where down-range counts, in words.

    Returns:
        HTML, in order.
    """
    parts: list[str] = []
    dense: list[str] = []
    labels = hazard_words.area_labels(assess)
    drawn = maps.hazard_map(
        assess.hazard_areas, coastlines, islands, trajectory, assess.backup_hazard_areas, backup_track, labels
    )
    if drawn is not None:
        track = trajectory is not None and trajectory.tt_s.size > 1
        caption = f"The areas to be closed, {'the track on which the pieces come, ' if track else ''}and islands."
        if any(id in labels for id in hazard_words.CONTOURS):
            caption += " Beyond the areas of ship and aircraft a hit is less likely than its limit."
        parts.append(tags.figure(drawn, caption))
    threshold = assess.energy_threshold_j
    density = hazard_figures.density_figure(impacts, threshold, origin) if impacts is not None else None
    if density is not None:
        caption = (
            f"Pieces of {assess.energy_threshold_j:g} J or more per kilometre, on a logarithmic scale: along the track "
            f"from {origin} in flight direction, and across it."
        )
        dense.append(tags.figure(density, caption))
    if assess.hazard_areas:
        parts.append(tags.table(*hazard_words.area_table(assess)))
        parts += [f"<p class='muted'>{tags.text(text)}</p>" for text in hazard_words.support_words(assess)]
        methods = [(area.id, str(area.runs), area.method, area.text) for area in assess.hazard_areas]
        made = tags.table(["area", "runs", "method", "what it is"], methods, left=4)
        parts.append(tags.details("How the areas are made", made))
        header, rows = hazard_words.window_table(assess, every=True)
        if rows:
            parts += ["<h3>When they are closed</h3>", tags.table(header, rows, left=2)]
    if assess.backup_hazard_areas:
        parts.append(f"<h3>Areas of the backup pass {tags.text(assess.backup_pass)}</h3>")
        parts += [f"<p class='muted'>{tags.text(text)}</p>" for text in hazard_words.backup_words(assess)]
        parts.append(tags.table(*hazard_words.area_table(assess, backup=True)))
    if assess.hazard_note:
        parts.append(f"<p>{tags.text(assess.hazard_note)}</p>")
    parts += _texts(assess)
    return [*dense, "<h3>Areas to be closed</h3>", *parts] if parts else dense


def _texts(assess: Assess) -> list[str]:
    """The warnings word for word; the note that they are drafts stands beside them."""
    w = assess.warnings
    if w is None:
        return []
    groups = (
        ("NAVAREA warning", w.navarea),
        ("NOTAM", w.notam),
        ("NAVAREA warning, backup", w.backup_navarea),
        ("NOTAM, backup", w.backup_notam),
    )
    folded = [
        tags.details(f"{title} {i} of {len(texts)}", f"<pre>{_lines(text)}</pre>")
        for title, texts in groups
        for i, text in enumerate(texts, start=1)
    ]
    notes = "".join(f"<li>{tags.text(note)}</li>" for note in w.notes)
    listed = f"<p>Approximate, to be checked by whoever issues them:</p><ul>{notes}</ul>" if notes else ""
    return [f"<h3>Warnings</h3><p><strong>{tags.text(DRAFT)}</strong></p>{listed}", *folded] if folded else []


def _lines(text: str) -> str:
    """Escaped text whose lines stay lines."""
    indented = [(line[: len(line) - len(line.lstrip())], tags.text(line)) for line in text.splitlines()]
    return "\n".join(" " * len(indent) + line for indent, line in indented)
