from __future__ import annotations

from dataclasses import replace

import pytest
from tests.formats.specimens import EPOCH, opm

from pointnemo.errors import EphemerisError
from pointnemo.formats.opm import Manoeuvre, parse_opm, write_opm

BURN = Manoeuvre(EPOCH + 3600.0, 1143.92545, -1740.0, "TNW", (-0.01124, 0.0, 0.0))


def with_burns(*burns: Manoeuvre):
    return replace(opm(), manoeuvres=burns)


def refusal(tmp_path, text: str) -> EphemerisError:
    with pytest.raises(EphemerisError) as caught:
        parse_opm(text.encode(), tmp_path / "file", "kvn")
    return caught.value


@pytest.mark.parametrize("notation", ["kvn", "xml"])
@pytest.mark.parametrize("frame", ["TNW", "RTN", "RSW", "TNW_ROTATING", "RTN_INERTIAL", "EME2000", "GCRF"])
def test_many_manoeuvres_come_back_in_the_order_of_ignition(tmp_path, notation, frame):
    burns = [BURN._replace(frame=frame, ignition_tt_s=EPOCH + 7200.0 * k, duration_s=10.0 * k) for k in range(30)]
    path = tmp_path / "opm"
    write_opm(path, with_burns(*reversed(burns)), notation)
    back = parse_opm(path.read_bytes(), path, notation).manoeuvres
    assert [one[1:] for one in back] == [one[1:] for one in burns]
    assert [one.ignition_tt_s for one in back] == pytest.approx([one.ignition_tt_s for one in burns], abs=1e-6)


@pytest.mark.parametrize(
    ("burn", "what"),
    [
        (BURN._replace(duration_s=float("nan")), "not finite"),
        (BURN._replace(delta_v_km_s=(0.0, float("inf"), 0.0)), "not finite"),
        (BURN._replace(duration_s=-1.0), "negative duration"),
        (BURN._replace(mass_change_kg=5.0), "adds mass"),
        (BURN._replace(frame="LVLH"), "frame 'LVLH'"),
    ],
)
def test_what_no_reader_would_take_is_not_written(tmp_path, burn, what):
    with pytest.raises(ValueError, match=what):
        write_opm(tmp_path / "opm", with_burns(burn))
    assert not (tmp_path / "opm").exists()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("MAN_DV_1 = -0.01124\n", "", "MAN_DV_1 is missing"),
        ("MAN_DELTA_MASS = -1740.0", "MAN_DELTA_MASS = 1740.0", "changes the mass by 1740 kg"),
        ("MAN_REF_FRAME = TNW", "MAN_REF_FRAME = VNC", "MAN_REF_FRAME 'VNC' is not read"),
        ("MAN_DURATION = 1143.92545", "MAN_DURATION = 19 min", "MAN_DURATION '19 min' is not a finite number"),
        ("MAN_DV_1 = -0.01124", "MAN_DV_1 = -11.24 [m/s]", "MAN_DV_1 in 'm/s'"),
        ("MAN_EPOCH_IGNITION = 2022", "MAN_EPOCH_IGNITION = 22", "MAN_EPOCH_IGNITION '22-"),
    ],
)
def test_each_bad_manoeuvre_is_told_with_its_line(tmp_path, old, new, what):
    path = tmp_path / "opm"
    write_opm(path, with_burns(BURN, BURN._replace(ignition_tt_s=EPOCH + 9000.0)))
    text = path.read_text()
    for count in (1, 2):
        defects = refusal(tmp_path, text.replace(old, new, count)).defects
        assert len(defects) == count
        assert all(what in defect.what and ", line " in defect.where for defect in defects)
