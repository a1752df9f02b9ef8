"""``make reference``: pinned files are right or refused, those that live on are held to their settled lines."""

from __future__ import annotations

import hashlib
import lzma
import re
from pathlib import Path

import pytest
from tests.world.sky_server import Answer, always, serving
from tools.fetch_reference import Reference, fetch, fingerprint, main, read_list

from pointnemo.world.update import BASE_URLS, Limits

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

BODY = b"an ephemeris\n"
PINNED = Reference("oem/one.xml.xz", "nasa", "/one.xml", hashlib.sha256(BODY).hexdigest())
LIVING_BODY = b"UPDATED today\r\n2020 01 01 7\r\n2020 01 02 8\r\n2020 01 03 9\r\n"
LIVING = Reference(
    "weather.txt.xz",
    "celestrak",
    "/all.txt",
    hashlib.sha256(b"2020 01 01 7\n2020 01 02 8").hexdigest(),
    "2020 01 01",
    "2020 01 03",
)
QUICK = Limits(0.3, 0.6, 1_000_000)


def test_a_pinned_file_is_fetched_once_and_kept(tmp_path: Path) -> None:
    with serving() as server:
        server.routes = {"/nasa/one.xml": always(Answer(BODY))}
        assert fetch(PINNED, tmp_path, server.bases(), QUICK) == (True, "fetched, 0.0 MB")
        assert fetch(PINNED, tmp_path, server.bases(), QUICK) == (True, "is there")
        assert len(server.asked) == 1
    assert lzma.decompress((tmp_path / PINNED.path).read_bytes()) == BODY


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(BODY + b"x"), "SHA-256"),
        (Answer(b"<html>sorry</html>"), "SHA-256"),
        (Answer(BODY, length=99), "broke off"),
        (Answer(BODY, 403), "refuses"),
        (Answer(BODY, 500), "out of order"),
        (Answer(BODY, delay_s=3.0), "did not answer"),
        (Answer(status=302, headers={"Location": "/nasa/one.xml"}), "in a circle"),
    ],
)
def test_what_is_not_right_is_not_written(answer: Answer, why: str, tmp_path: Path) -> None:
    with serving() as server:
        server.routes = {"/": always(answer)}
        right, what = fetch(PINNED, tmp_path, server.bases(), QUICK)
    assert not right
    assert why in what
    assert list(tmp_path.rglob("*")) == []


def test_a_file_of_ones_own_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / PINNED.path
    path.parent.mkdir()
    path.write_bytes(b"mine")
    right, what = fetch(PINNED, tmp_path, {"nasa": "http://127.0.0.1:1"}, QUICK)
    assert not right
    assert "move it away" in what
    assert path.read_bytes() == b"mine"


def test_a_file_that_lives_on_is_held_to_its_settled_lines(tmp_path: Path) -> None:
    assert fingerprint(LIVING, LIVING_BODY) == LIVING.sha256
    assert fingerprint(LIVING, LIVING_BODY.replace(b"today", b"tomorrow") + b"2020 01 04 9\n") == LIVING.sha256
    assert fingerprint(LIVING, LIVING_BODY.replace(b" 8", b" 6")) != LIVING.sha256
    assert fingerprint(LIVING, b"nothing of the kind") == ""
    with serving() as server:
        server.routes = {"/celestrak/all.txt": always(Answer(LIVING_BODY))}
        assert fetch(LIVING, tmp_path, server.bases(), QUICK)[0]


def test_the_list_is_in_order() -> None:
    found = read_list()
    assert len({reference.path for reference in found}) == len(found) > 20
    for reference in found:
        assert reference.host in BASE_URLS
        assert re.fullmatch(r"[0-9a-f]{64}", reference.sha256)
        assert reference.path.endswith(".xz")
        assert bool(reference.first_line) == bool(reference.settled_before)


def test_the_data_at_hand_are_those_of_the_list(reference_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is fetched where everything is there."""
    assert main([str(reference_data)]) == 0
    assert "complete" in capsys.readouterr().out
