"""The page at 80 columns of ``pointnemo windows``, and the document as it is printed."""

from __future__ import annotations

from pointnemo.operations.window_report import LaunchWindow, WindowsReport
from pointnemo.reporting import words

__all__ = ["windows_json", "windows_page"]

HEAD = ("liftoff UTC", "lead", "phase", "trip", "quickest", "beta", "pad", "port")
WIDTHS = (19, 5, 6, 6, 9, 6, 6, 15)


def windows_json(report: WindowsReport) -> str:
    """The document ``pointnemo/windows/1``: keys in the order of the models."""
    return report.model_dump_json(by_alias=True, indent=1) + "\n"


def windows_page(report: WindowsReport) -> str:
    """The readable page.

    Args:
        report: the document.

    Returns:
        Lines of at most 80 columns, ending in a newline.
    """
    count = len(report.windows)
    said = (
        f"{count or 'no'} window{'' if count == 1 else 's'} for {report.vehicle} from {report.site} on "
        f"{report.launcher}, {report.direction} passes, {report.from_utc} to {report.to_utc}"
    )
    lines = [*words.wrapped(said), *words.wrapped(f"{report.orbit_epoch_utc}, {report.orbit_origin}", "orbit of  ")]
    if count:
        lines += ["", _row(HEAD), _row(("", "s", "deg", "h", "h", "deg", "", ""))]
        for window in report.windows:
            lines += _lines(window)
    if report.notes:
        lines += ["", *(line for note in report.notes for line in words.wrapped(note, "  - ", "    "))]
    return "\n".join(lines) + "\n"


def _lines(window: LaunchWindow) -> list[str]:
    """One window, with what blocks it on a line below."""
    trip, quickest = window.trip_hours, window.trip_hours_range
    row = _row(
        (
            window.liftoff_utc[:19].replace("T", " "),
            f"{window.lead_s:.0f}",
            f"{window.phase_deg:.0f}",
            "-" if trip is None else f"{trip:.1f}",
            "-" if quickest is None else f"{quickest[0]:.1f}",
            f"{window.beta_deg:.0f}",
            "day" if window.daylight else "night",
            window.port or "-",
        )
    )
    blocked = ", ".join(window.blocked_by)
    return [row, *(words.wrapped(blocked, "    blocked by ") if blocked else ())]


def _row(cells: tuple[str, ...]) -> str:
    """Cells in their columns: the first and the last to the left, the others to the right."""
    middle = "".join(f"{cell:>{width}}" for cell, width in zip(cells[1:-1], WIDTHS[1:-1], strict=True))
    return f"{cells[0]:<{WIDTHS[0]}}{middle}  {cells[-1]}".rstrip()
