"""What ``pointnemo replay`` does once its options are read. Imported only when needed."""

from __future__ import annotations

from dataclasses import dataclass

from pointnemo.cli import terminal

__all__ = ["ReplayOptions", "carry_out_replay"]


@dataclass(frozen=True)
class ReplayOptions:
    """The grammar of ``pointnemo replay``, as read.

    Attributes:
        replay: built-in name or TOML file.
        json: print the document instead of the page.
        quiet: nothing on stderr but errors.
        bundled: use what came with the package, not what ``update`` fetched since.
    """

    replay: str
    json: bool = False
    quiet: bool = False
    bundled: bool = False


def carry_out_replay(options: ReplayOptions) -> int:
    """Fly the replay and print it; nothing is written.

    Args:
        options: as given on the command line.

    Returns:
        Exit code 0, whatever the comparisons say.

    Raises:
        PointnemoError: see ``errors``.
    """
    from pointnemo.planning.verbs import replay
    from pointnemo.reporting.replay_page import replay_json, replay_page

    with terminal.noticing(options.quiet):
        report = replay(options.replay, bundled=options.bundled)
    if options.json:
        terminal.emit_bytes(replay_json(report).encode())
    else:
        terminal.emit(replay_page(report))
    return 0
