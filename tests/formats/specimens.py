"""Small valid files of every kind, and what goes wrong with files: mutations drawn from a seed."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from pointnemo.errors import EphemerisError
from pointnemo.formats.elements import MeanElements
from pointnemo.formats.ocm import Ocm, OcmBurn, OcmManoeuvres, OcmPhysical, OcmTrajectory, write_ocm
from pointnemo.formats.oem import OemCovariance, OemSegment, write_oem
from pointnemo.formats.omm import Omm
from pointnemo.formats.omm_write import write_omm
from pointnemo.formats.opm import Manoeuvre, Opm, write_opm
from pointnemo.formats.tle import write_tle
from pointnemo.formats.tracking_files import TrackingFile, read_tracking
from pointnemo.world import time

EPOCH = time.from_utc("2022-01-03T12:00:00")
POSITION_KM = np.array([-1325.896, 5492.890, 3762.423])
VELOCITY_KM_S = np.array([-4.8747, -4.1025, 4.2642])
WHO = {"object_name": "ISS", "object_id": "1998-067A", "originator": "TEST", "creation_utc": "2022-01-03T11:00:00"}


def covariance(frame: str = "RTN", tt_s: float = EPOCH) -> OemCovariance:
    root = np.random.default_rng(5).normal(0.0, 1.0, (6, 6)) * np.repeat([0.1, 1e-4], 3)[:, None]
    return OemCovariance(tt_s, root @ root.T, frame)


def segments(count: int = 2) -> list[OemSegment]:
    rng = np.random.default_rng(3)
    return [
        OemSegment(
            EPOCH + 240.0 * i + np.linspace(0.0, 240.0, 4),
            POSITION_KM + rng.normal(0.0, 100.0, (4, 3)),
            VELOCITY_KM_S + rng.normal(0.0, 0.1, (4, 3)),
            (f"block {i}", "MASS=459023.00"),
            (covariance(tt_s=EPOCH + 240.0 * i),),
        )
        for i in range(count)
    ]


def elements(days: float = 0.0) -> MeanElements:
    return MeanElements(
        object_name="ISS (ZARYA)",
        object_id="1998-067A",
        catalogue_number=25544,
        epoch_tt_s=EPOCH + 86400.0 * days,
        mean_motion_rev_day=15.49088255,
        eccentricity=0.0007613,
        inclination_deg=51.6359,
        node_deg=230.2949,
        perigee_deg=354.9391,
        mean_anomaly_deg=85.5828,
        bstar_per_earth_radius=-0.36841e-3,
        mean_motion_dot_rev_day2=-0.00020782,
        revolution=47248,
    )


def omm(days: float = 0.0) -> Omm:
    return Omm(elements(days), "2022-01-03T13:00:00", "TEST", ("made up",), 459023.0, 1951.0, 2.0, covariance("TEME"))


def opm() -> Opm:
    burn = Manoeuvre(EPOCH + 3600.0, 120.0, -30.5, "RTN", (0.0, 1.5e-3, -1e-5))
    return Opm(
        object_name="ISS",
        object_id="1998-067A",
        epoch_tt_s=EPOCH,
        position_km=POSITION_KM,
        velocity_km_s=VELOCITY_KM_S,
        frame="EME2000",
        creation_utc="2022-01-03T11:00:00",
        originator="TEST",
        comments=("made up",),
        mass_kg=459023.0,
        drag_area_m2=1951.0,
        drag_coefficient=2.0,
        covariance=covariance(),
        manoeuvres=(burn,),
    )


def ocm() -> Ocm:
    blocks = segments()
    burn = OcmBurn(EPOCH + 240.0, 120.0, -30.5, (-1.5e-3, 0.0, 1e-5), (-5700.0, 0.0, 38.0), 0.96, 300.0)
    return Ocm(
        **WHO,
        epoch_tt_s=EPOCH,
        trajectories=tuple(
            OcmTrajectory("GCRF", block.tt_s, block.position_km, block.velocity_km_s, f"block {i}", "PREDICTED")
            for i, block in enumerate(blocks)
        ),
        manoeuvres=(OcmManoeuvres("lower-1", "tug", "TNW_ROTATING", (burn,), "PLANNED", "DISPOSAL", ("to 180 km",)),),
        physical=OcmPhysical(459023.0, None, 1951.0, 2.0),
        perturbations=(("ATMOSPHERIC_MODEL", "NRLMSISE-00"), ("GM", "398600.4415")),
        user_defined=(("AIM_LATITUDE_DEG", "-48.9"), ("NOTE", "a = b & <c>")),
        comments=("made up",),
        message_id="7",
    )


def specimens(folder: Path) -> dict[str, bytes]:
    """One valid file of every kind and notation, by name."""
    pair = (omm(), omm(0.5))
    writers: dict[str, Callable[[Path], None]] = {
        "oem.kvn": lambda path: write_oem(path, segments(), **WHO),
        "oem.xml": lambda path: write_oem(path, segments(), **WHO, notation="xml"),
        **{
            f"omm.{kind}": (lambda path, kind=kind: write_omm(path, pair, kind))
            for kind in ("kvn", "xml", "json", "csv")
        },
        "opm.kvn": lambda path: write_opm(path, opm()),
        "opm.xml": lambda path: write_opm(path, opm(), "xml"),
        "ocm.kvn": lambda path: write_ocm(path, ocm()),
        "ocm.xml": lambda path: write_ocm(path, ocm(), "xml"),
        "tle": lambda path: write_tle(path, [elements(), elements(0.5)]),
    }
    made: dict[str, bytes] = {}
    for name, write in writers.items():
        write(folder / name)
        made[name] = (folder / name).read_bytes()
    return made


# --- mutations -------------------------------------------------------------------------------------------------------

VALUES = (
    *b"nan inf -inf 1e999 -0 1_0 0x10 1e-400 0 -1 999999999999999999999999 1..2 --1 e5 . 1,5 1e308 \xd9\xa3 []".split(),
    b"",
    b" ",
    b"9" * 5000,
    b"2022-13-45T99:99:99",
    b"2016-12-31T23:59:60",
    b"9999-01-01T00:00:00",
    b"TEME",
    b"ITRF2014",
    b"MARS",
    b"TDB",
    b"GPS",
    b"RTN",
    b"3.0",
    b"1.0",
    b"[km]",
)
FRAGMENTS = (
    b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
    b'<!DOCTYPE x SYSTEM "file:///etc/hostname">',
    b"&b;",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<?xml version='1.0' encoding='utf-16'?>",
    b"<?php",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"<a>" * 3000,
    b"[" * 3000,
    b"{" * 3000,
    b'"',
    b"'",
    b",",
    b"=",
    b"<",
    b">",
    b"META_START\n",
    b"META_STOP\n",
    b"COVARIANCE_START\n",
    b"<stateVector>",
    b"</stateVector>",
    b"<stateVector/>",
    b"</data>",
    b"CCSDS_OEM_VERS = 2.0\n",
    b"CCSDS_OMM_VERS = 2.0\n",
    b"COMMENT x\n",
    b"1 ",
    b"2 ",
    b"\xe2\x80\xa8",
    b"\x1b[2J",
)
PACKERS = (partial(gzip.compress, mtime=0), lzma.compress, bz2.compress)


def _spot(rng: random.Random, content: bytes, longest: int = 60) -> tuple[int, int]:
    start = rng.randint(0, len(content))
    return start, min(len(content), start + rng.randint(0, longest))


def _word(rng: random.Random, content: bytes) -> tuple[int, int]:
    """A stretch without white space, brackets or quotes: a number, a keyword, a date."""
    start, end = _spot(rng, content, 0)
    stops = b' \t\r\n<>=",:'
    while start > 0 and content[start - 1] not in stops:
        start -= 1
    while end < len(content) and content[end] not in stops:
        end += 1
    return start, end


def _line(rng: random.Random, content: bytes) -> tuple[int, int]:
    start = content.rfind(b"\n", 0, rng.randint(0, len(content))) + 1
    end = content.find(b"\n", start) + 1
    return start, end or len(content)


def _once(rng: random.Random, content: bytes, others: list[bytes]) -> bytes:
    kind = rng.randrange(12)
    start, end = (_word if kind < 4 else _line if kind < 8 else _spot)(rng, content)
    other = rng.choice(others)
    a, b = (_word if kind == 1 else _line)(rng, other)
    if kind == 0:
        return content[:start] + rng.choice(VALUES) + content[end:]
    if kind == 1:
        return content[:start] + other[a:b] + content[end:]
    if kind in (2, 4):
        return content[:start] + content[end:]
    if kind == 3:
        word = bytearray(content[start:end] or b"x")
        word[rng.randrange(len(word))] = rng.randrange(256)
        return content[:start] + bytes(word) + content[end:]
    if kind == 5:
        return content[:start] + content[start:end] * rng.choice((2, 3, 500)) + content[end:]
    if kind == 6:
        return content[:start] + other[a:b] + content[start:]
    if kind == 7:
        return content[:start] + content[end:] + content[start:end]
    if kind == 8:
        return content[:start] + rng.choice(FRAGMENTS) + content[start:]
    if kind == 9:
        return content[:start]
    if kind == 10:
        return content[:start] + rng.randbytes(end - start) + content[end:]
    return content[:start] + other[rng.randint(0, len(other)) :]


def mutated(seed: int, corpus: dict[str, bytes]) -> bytes:
    """The file of a seed: one specimen with one to six things wrong, now and then packed, recoded or both damaged."""
    rng = random.Random(seed)
    others = list(corpus.values())
    content = rng.choice(others)
    for _ in range(rng.choice((1,) * 8 + (2, 3, 6))):
        content = _once(rng, content, others)
    if rng.random() < 0.03:
        content = content.decode("latin-1").encode(rng.choice(("utf-16", "utf-32", "utf-7")))
    if rng.random() < 0.1:
        content = rng.choice(PACKERS)(content)
        if rng.random() < 0.5:
            content = _once(rng, content, others)
    return content


def outcome(path: Path, content: bytes) -> TrackingFile | EphemerisError:
    """Read a file; whatever it holds, the answer is a sound result or our own refusal, never anything else."""
    path.write_bytes(content)
    try:
        file = read_tracking(path)
    except EphemerisError as error:
        refusal = error
    else:
        return _sound(file)
    assert refusal.defects, content
    assert all(path.name in defect.where for defect in refusal.defects), refusal
    assert max(map(len, map(str, refusal.defects))) < 1000, refusal
    return refusal


def _sound(file: TrackingFile) -> TrackingFile:
    assert file.tt_s.shape == (len(file.position_km),) == (len(file.velocity_km_s),)
    assert len(file.tt_s) > 0
    assert np.isfinite(file.tt_s).all()
    assert (np.diff(file.tt_s) >= 0.0).all()
    assert np.isfinite(file.position_km).all()
    assert np.isfinite(file.velocity_km_s).all()
    assert np.isfinite(file.created_tt_s)
    assert file.covariance is None or np.isfinite(file.covariance).all()
    return file
