"""The fast lane for XML ephemerides: well-behaved state vectors are lifted out before the XML parser sees the rest.

An OEM is a page of XML around thousands of identical elements, and building each as a tree costs ten times more than
reading it. What is lifted out has to match one strict pattern; the rest, with one placeholder per run of states, goes
through the XML parser, so that nothing is believed about the document that the parser has not checked.
"""

from __future__ import annotations

import re

from pointnemo.formats.oem_raw import Row

__all__ = ["PLACEHOLDER", "lift_states"]

PLACEHOLDER = "<stateVector/>"


def _number(tag: str, unit: str) -> str:
    return rf'<{tag}(?: units="{unit}")?>\s*+([-+0-9.eE]++)\s*+</{tag}>\s*+'


_STATE = re.compile(
    r"<stateVector>\s*+<EPOCH>\s*+([-0-9:.TZ]++)\s*+</EPOCH>\s*+"
    + "".join(_number(tag, "km") for tag in ("X", "Y", "Z"))
    + "".join(_number(tag, "km/s") for tag in ("X_DOT", "Y_DOT", "Z_DOT"))
    + r"</stateVector>\s*+"
)


def lift_states(data: bytes) -> tuple[bytes, list[list[Row]]]:
    """Separate the states from the rest of an XML file.

    Args:
        data: the whole file.

    Returns:
        The file with ``PLACEHOLDER`` for each run of adjacent states, and those runs in order. Where anything makes a
        textual match doubtful (comments, CDATA, a document type, processing instructions, a state of another form)
        the file comes back as it was, with no runs.
    """
    if not data.isascii():
        return data, []
    text = data.decode("ascii")
    body = text[text.find("?>") + 2 :] if text.startswith("<?xml ") else text
    matches = list(_STATE.finditer(body))
    if "<!" in body or "<?" in body or body.count("<stateVector") != len(matches):
        return data, []
    skeleton: list[str] = []
    runs: list[list[Row]] = []
    end = 0
    for match in matches:
        start, after = match.span()
        if start != end or not runs:
            skeleton += (body[end:start], PLACEHOLDER)
            runs.append([])
        run = runs[-1]
        run.append(Row(match[1], match.groups()[1:], len(run) + 1))
        end = after
    skeleton.append(body[end:])
    return "".join(skeleton).encode("ascii"), runs
