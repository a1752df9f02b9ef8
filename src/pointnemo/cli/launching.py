"""What ``pointnemo windows`` does once its options are read. Imported only when needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pointnemo.cli import terminal
from pointnemo.cli.age import age_warning
from pointnemo.cli.fetched import newer_orbit, newer_tables

__all__ = ["WindowsOptions", "carry_out_windows"]


@dataclass(frozen=True)
class WindowsOptions:
    """The grammar of ``pointnemo windows``, as read.

    Attributes:
        vehicle: key of the vehicle type.
        from_utc: earliest liftoff.
        to_utc: latest.
        site: key of the site, None for the vehicle's usual one.
        orbit: tracking files.
        scenario: built-in name, TOML file, or run folder.
        set: ``KEY=VALUE`` lines.
        json: print the document instead of the page.
        quiet: nothing on stderr but errors.
        bundled: use what came with the package, not what ``update`` fetched since.
    """

    vehicle: str
    from_utc: str
    to_utc: str
    site: str | None = None
    orbit: tuple[Path, ...] = ()
    scenario: str = "iss"
    set: tuple[str, ...] = ()
    json: bool = False
    quiet: bool = False
    bundled: bool = False


def carry_out_windows(options: WindowsOptions) -> int:
    """Find the windows and print them; nothing is written.

    Args:
        options: as given on the command line.

    Returns:
        Exit code 0.

    Raises:
        PointnemoError: see ``errors``.
    """
    from pointnemo.planning.verbs import windows
    from pointnemo.reporting.windows_page import windows_json, windows_page

    with terminal.noticing(options.quiet) as (notice, _):
        orbit, told = options.orbit, ()
        if not (orbit or options.bundled):
            orbit, told = newer_orbit(options.scenario, options.set)
        report = windows(
            options.vehicle,
            options.from_utc,
            options.to_utc,
            site=options.site,
            scenario=options.scenario,
            set=options.set,
            orbit=orbit,
            bundled=options.bundled,
        )
        for text in (*told, *(() if options.bundled else newer_tables())):
            notice(text)
        if not options.orbit:
            for text in age_warning("the start state", report.orbit_epoch_utc):
                notice(text)
    if options.json:
        terminal.emit_bytes(windows_json(report).encode())
    else:
        terminal.emit(windows_page(report))
    return 0
