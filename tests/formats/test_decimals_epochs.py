from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from pointnemo.errors import InputError
from pointnemo.formats import decimals
from pointnemo.formats.decimals import read_decimals
from pointnemo.formats.epochs import civil_text, civil_texts, to_tt
from pointnemo.world import time

PAD = b" " * 24


def read(texts: list[str]) -> np.ndarray | None:
    joined = PAD + b" ".join(text.encode() for text in texts) + b" " * 8
    ends = len(PAD) + np.cumsum([len(text) + 1 for text in texts]) - 1
    starts = ends - [len(text) for text in texts]
    points = np.array([start + text.find(".") for start, text in zip(starts, texts, strict=True)])
    return read_decimals(joined, starts, ends, points if all("." in text for text in texts) else None)


def assert_same_bits(texts: list[str]) -> None:
    values = read(texts)
    assert values is not None
    np.testing.assert_array_equal(values.view(np.int64), np.array(list(map(float, texts))).view(np.int64))


def some_texts(rng: np.random.Generator, count: int) -> list[str]:
    wholes = rng.integers(0, 10 ** rng.integers(1, 9, count))
    decimals_ = ["".join(map(str, rng.integers(0, 10, n))) for n in rng.integers(1, 19, count)]
    signs = rng.choice(["", "-", "+"], count)
    return [f"{s}{w}.{d}" for s, w, d in zip(signs, wholes, decimals_, strict=True)]


def test_many_numbers_come_out_with_the_bits_of_float():
    rng = np.random.default_rng(11)
    assert_same_bits(some_texts(rng, 20000))
    assert_same_bits([repr(value) for value in rng.normal(0.0, 7000.0, 20000).tolist()])
    assert_same_bits([f"{value:.17g}" for value in rng.normal(0.0, 7.0, 5000) if abs(value) > 1e-4])


def test_halfway_cases_come_out_with_the_bits_of_float():
    """Numbers within a last digit of the middle between two doubles: where rounding twice would go wrong."""
    rng = np.random.default_rng(12)
    middles = [Decimal(2 * m + 1) / 2**30 for m in rng.integers(2**52, 2**53, 5000).tolist()]  # 8 to 17 million
    texts = [str(middle.quantize(Decimal("1e-11"))) for middle in middles]
    extended = np.array(texts, dtype=np.longdouble)
    assert (extended - extended.astype(float) != 0).any()
    assert_same_bits(texts)


@pytest.mark.parametrize(
    "text",
    [
        "0.0",
        "-0.0",
        "7.",
        ".5",
        "-.5",
        "1.5e3",
        "1.5E-300",
        "12345678901.25",
        "0.1" + "0" * 30,
        "99999999.99999999999",
        "0.000000000000000000000001",
    ],
)
def test_unusual_forms(text):
    assert_same_bits([text, "1.25", text])


@pytest.mark.parametrize("text", ["nan.", "1_0.5", "..", "-.", "1.2.3", "+-1.0", "1.e999", "1.5x", "1. 5", "e.1", "."])
def test_what_is_no_number_is_refused(text):
    assert read(["1.25", text, "2.5"]) is None


def test_without_the_80_bit_format_float_does_it(monkeypatch):
    monkeypatch.setattr(decimals, "_EXTENDED", False)
    assert_same_bits(some_texts(np.random.default_rng(13), 500))


@pytest.mark.parametrize("scale", time.SCALES)
@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S", "%Y-%jT%H:%M:%S"])
@pytest.mark.parametrize("digits", [0, 3, 6, 9])
def test_epochs_have_the_bits_of_the_clock(scale, form, digits):
    rng = np.random.default_rng(14)
    seconds = rng.integers(63072000, 2**31, 300)  # 1972 to 2038
    ends = np.array(["1972-06-30", "2016-12-31", "2000-02-29", "2019-12-31"], dtype="datetime64[s]") + 86399
    stamps = [stamp.item().strftime(form) for stamp in [*seconds.astype("datetime64[s]"), *ends]]
    texts = [f"{stamp}.{rng.integers(10**digits):0{digits}d}Z" if digits else stamp for stamp in stamps]
    together = to_tt(civil_texts([text.encode() for text in texts]), scale)
    mixed = to_tt(civil_texts([b"x", *(text.encode() for text in texts)]), scale)[1:]
    expected = [time.from_scale(text, scale) for text in texts]
    np.testing.assert_array_equal(together, expected)
    np.testing.assert_array_equal(mixed, expected)


def test_leap_seconds_only_where_there_were_some():
    texts = [b"2016-12-31T23:59:60.25", b"2016-12-30T23:59:60.25", b"2016-366T23:59:60"]
    tt_s = to_tt(civil_texts(texts), "UTC")
    assert tt_s[0] == time.from_utc(texts[0].decode())
    assert tt_s[2] == tt_s[0] - 0.25
    assert np.isnan(tt_s[1])
    assert np.isnan(to_tt(civil_texts(texts), "TAI")).all()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2022-01-01",
        "2022-01-01T24:00:00",
        "2022-02-30T00:00:00",
        "2023-366T00:00:00",
        "2022-01-01T00:60:00",
        "2022-01-01T00:00:61",
        "1971-12-31T00:00:00",
        "２022-01-01T00:00:00",
        "2022-01-01T00:00:00+01:00",
        "2022-01-01 00:00:00",
        "2022-01-01T00:00:0 ",
    ],
)
def test_what_is_no_time_is_marked(text):
    good = "2022-01-01T00:00:00"
    civil = civil_texts([good.encode(), text.encode(), good.encode()])
    assert np.isnan(civil.fraction).tolist() == [False, True, False]
    assert np.isnan(to_tt(civil, "UTC")).tolist() == [False, True, False]
    assert civil_text(civil, 0) == "2022-01-01T00:00:00.000"
    assert civil_text(civil, 1) == ""
    with pytest.raises(InputError):
        time.from_utc(text if "T" in text else "")
