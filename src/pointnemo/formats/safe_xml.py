"""XML from strangers: streamed through defusedxml, with no document type, no entities and no external references."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from pointnemo.errors import Defect

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["elements", "first_tag", "tag_of", "text_of", "unreadable"]

T = TypeVar("T")


def elements(data: bytes) -> Iterator[tuple[str, Element]]:
    """Events ``start`` and ``end`` with their elements, in document order; raises what ``unreadable`` explains."""
    from defusedxml.ElementTree import iterparse

    return iter(iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True))


def tag_of(element: Element) -> str:
    """Name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def text_of(element: Element) -> str:
    """Text of an element without the white space around it."""
    return (element.text or "").strip()


def unreadable(parse: Callable[[], T], name: str) -> tuple[T | None, Defect]:
    """Run a parser and turn what XML can do wrong into a defect.

    Args:
        parse: reads the document.
        name: file name for the message.

    Returns:
        What ``parse`` returned, or None and the defect.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException

    try:
        return parse(), Defect(name, "")
    except DefusedXmlException as error:
        what = f"brings a document type or entities ({type(error).__name__}), which are never followed"
        return None, Defect(name, what, "remove the DOCTYPE")
    except ParseError as error:
        line, column = error.position
        what = f"is not well-formed XML: {error.msg if hasattr(error, 'msg') else error}"
        return None, Defect(f"{name}, line {line}, column {column + 1}", what, "the file may be truncated")
    except (LookupError, ValueError) as error:  # an encoding that does not exist, bytes that do not fit it
        return None, Defect(name, f"cannot be decoded: {error}", "write it in UTF-8")


def first_tag(data: bytes, wanted: frozenset[str]) -> str:
    """Name of the first element whose name is in ``wanted``, empty where there is none before the document breaks."""

    def search() -> str:
        for event, element in elements(data):
            if event == "start" and tag_of(element).lower() in wanted:
                return tag_of(element).lower()
            element.clear()
        return ""

    return unreadable(search, "")[0] or ""
