"""The pieces that every HTML page is made of: escaped text, tables, facts, figures, and the document around them.

No script, no font, no picture and no style from elsewhere: a page can be mailed, archived and printed, and follows the
reader's choice of light or dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources

from pointnemo.reporting import words
from pointnemo.results import Provenance, Skipped

__all__ = ["details", "document", "facts", "figure", "section", "skipped", "table", "text"]

_RIGHT = ' class="n"'


def document(title: str, body: Iterable[str]) -> str:
    """A complete HTML document.

    Args:
        title: plain text.
        body: HTML of the sections; empty ones are left out.

    Returns:
        The document with the report's style inside, the same for the same arguments.
    """
    style = (resources.files("pointnemo.reporting") / "report.css").read_text(encoding="utf-8")
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            # Nothing may be loaded from anywhere, whatever a scenario's texts hold.
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{text(title)}</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            "<main>",
            *(part for part in body if part),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def text(content: object) -> str:
    """Escaped text on one line."""
    return escape(words.clean(str(content)))


def section(title: str, *parts: str) -> str:
    """A section with its heading; empty parts are left out."""
    return "\n".join(["<section>", f"<h2>{text(title)}</h2>", *(part for part in parts if part), "</section>"])


def skipped(title: str, stage: Skipped) -> str:
    """The section of a stage that had nothing to do."""
    return section(title, f'<p class="muted">Skipped: {text(stage.reason)}</p>')


def table(header: Sequence[str], rows: Iterable[Sequence[object]], left: int = 1, classes: str = "") -> str:
    """A table whose first ``left`` columns are text and whose others are right-aligned."""
    heads = "".join(f"<th{'' if i < left else _RIGHT}>{text(cell)}</th>" for i, cell in enumerate(header))
    lines = [f'<div class="scroll"><table class="{classes}">', f"<thead><tr>{heads}</tr></thead>", "<tbody>"]
    for row in rows:
        cells = "".join(f"<td{'' if i < left else _RIGHT}>{text(cell)}</td>" for i, cell in enumerate(row))
        lines.append(f"<tr>{cells}</tr>")
    return "\n".join([*lines, "</tbody>", "</table></div>"])


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Label and value pairs."""
    return "<dl>" + "".join(f"<dt>{text(label)}</dt><dd>{text(value)}</dd>" for label, value in rows) + "</dl>"


def figure(svg: str, caption: str) -> str:
    """An SVG element with its caption below."""
    return f"<figure>{svg}<figcaption>{text(caption)}</figcaption></figure>"


def details(summary: str, content: str) -> str:
    """HTML that is folded away under a line of text."""
    return f"<details><summary>{text(summary)}</summary>{content}</details>"


def provenance(p: Provenance) -> str:
    """The section that says what a document was made from."""
    made = facts(
        [
            ("package", f"pointnemo {p.package_version}"),
            ("scenario", f"{p.scenario}, {p.scenario_hash}"),
            ("inputs", p.input_hash),
            ("seed", str(p.seed)),
            ("models", "; ".join(p.models)),
        ]
    )
    data = [(one.name, one.version, one.source, one.sha256[:12]) for one in p.data]
    return section("Where it comes from", made, table(["data", "version", "source", "sha256"], data, left=4))
