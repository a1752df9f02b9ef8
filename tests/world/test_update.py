"""Updates against a real server on this machine that is sometimes well and mostly is not.

Whatever it does, runs go on with the newest data that were good, and nobody is asked twice within two hours.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.world.sky_server import (
    NOW,
    TODAY_MJD,
    Answer,
    Handler,
    Request,
    Server,
    always,
    bucket_listing,
    cssi_text,
    finals_text,
    good_routes,
    oem_text,
    second_weather_answers,
    serving,
    with_etag,
)

from pointnemo import world as world_package
from pointnemo.errors import InputError, WorldError
from pointnemo.world import load_world, store
from pointnemo.world.update import BASE_URLS, Limits, Unreachable, UpdateReport, http_get, update

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

QUICK = Limits(silence_s=0.3, total_s=0.6, size_bytes=20_000_000)
APOLOGY = b"<!DOCTYPE html><html><body>We are sorry, the service is down.</body></html>"
LATER = NOW + timedelta(hours=2, minutes=1)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def routes() -> dict[str, Handler]:
    return good_routes()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "data"
    monkeypatch.setenv("POINTNEMO_DATA_FOLDER", str(place))
    return place


def fetch(server: Server, now: datetime = NOW, *products: str) -> UpdateReport:
    return update(products or store.PRODUCTS, base_urls=server.bases(), now=now, limits=QUICK)


def outcomes(report: UpdateReport) -> list[tuple[str, str]]:
    return [(row.source, row.outcome) for row in report.rows]


# --- all well -------------------------------------------------------------------------------------------------------


def test_a_good_day(server: Server, routes: dict[str, Handler], folder: Path) -> None:
    server.routes = routes
    report = fetch(server)
    assert outcomes(report) == [("NASA", "new"), ("NASA dated", "new"), ("CelesTrak", "new"), ("IERS", "new")]
    assert report.complete
    assert len(server.paths()) == len(set(server.paths())) == 6
    world = load_world()
    assert world.as_of == "2026-11-23"
    assert world.weather.observed_until == TODAY_MJD - 1
    assert world.earth.issued == "2026-11-22"
    rows = {row.name: row for row in world.data_files()}
    assert "SW-All.txt on 2026-11-23T12:00:00Z" in rows["space_weather_daily.csv.gz"].source
    assert rows["earth_orientation.csv.gz"].version == "2026-11-22"
    assert rows.keys() == {row.name for row in load_world(bundled=True).data_files()}
    assert load_world(bundled=True).as_of == "2026-10-16"
    assert load_world(bundled=True).updated == ()
    names = [path.name for path in store.orbit_files()]
    assert names == ["ISS_OEM_2026-11-18.xz", "ISS_OEM_2026-11-20.xz", "ISS_OEM_2026-11-22.xz"]
    assert "new" in report.text()
    assert str(folder) in report.text()


def test_provenance_says_whence_when_and_what(server: Server, routes: dict[str, Handler], folder: Path) -> None:
    server.routes = routes
    fetch(server, NOW, "space_weather")
    (about,) = [json.loads(path.read_text()) for path in folder.glob("space_weather/*/provenance.json")]
    assert about["urls"] == [f"{server.url}/celestrak/SpaceData/SW-All.txt"]
    assert about["fetched"] == "2026-11-23T12:00:00Z"
    assert about["received_sha256"] == [hashlib.sha256(cssi_text()).hexdigest()]
    assert about["valid_from"] == "1957-10-01"


def test_the_updated_record_is_the_bundled_one_and_more(
    server: Server, routes: dict[str, Handler], folder: Path
) -> None:
    server.routes = routes
    fetch(server)
    old, new = load_world(bundled=True), load_world()
    days = old.weather.observed_until - old.weather.mjd0 - 40
    assert new.weather.mjd0 == old.weather.mjd0
    assert new.weather.f107[:days].tobytes() == old.weather.f107[:days].tobytes()
    assert new.weather.ap[:days].tobytes() == old.weather.ap[:days].tobytes()
    settled = 19000
    assert new.earth.ut1_utc_s[:settled].tobytes() == old.earth.ut1_utc_s[:settled].tobytes()


# --- manners --------------------------------------------------------------------------------------------------------


def test_nobody_is_asked_twice_within_two_hours(server: Server, routes: dict[str, Handler], folder: Path) -> None:
    server.routes = routes
    fetch(server)
    asked = len(server.asked)
    report = fetch(server, NOW + timedelta(hours=1, minutes=59))
    assert len(server.asked) == asked
    assert {outcome for _, outcome in outcomes(report)} == {"asked before"}
    assert report.complete


def test_nor_is_one_that_did_not_answer(server: Server, folder: Path) -> None:
    server.routes = {"/": always(Answer(status=403))}
    fetch(server)
    asked = len(server.asked)
    assert asked == len(set(server.paths()))
    report = fetch(server, NOW + timedelta(hours=1))
    assert len(server.asked) == asked
    assert not report.complete
    assert "asked in vain" in report.text()
    fetch(server, LATER)
    assert len(server.asked) == 2 * asked


def test_across_restarts_and_after_a_crash(server: Server, routes: dict[str, Handler], folder: Path) -> None:
    """A process that dies while it waits has asked all the same: another one does not ask again."""
    server.routes = {**routes, "/celestrak/": always(Answer(delay_s=30.0))}
    script = (
        "import sys, json; from datetime import datetime; from pointnemo.world.update import update; "
        "update(['space_weather'], base_urls=json.loads(sys.argv[1]), now=datetime.fromisoformat(sys.argv[2]))"
    )
    child = subprocess.Popen([sys.executable, "-c", script, json.dumps(server.bases()), NOW.isoformat()])
    try:
        for _ in range(1000):
            if server.asked:
                break
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(0.02)
    finally:
        child.kill()
        child.wait()
    assert server.paths() == ["/celestrak/SpaceData/SW-All.txt"]
    report = fetch(server, NOW + timedelta(hours=1), "space_weather")
    assert server.paths().count("/celestrak/SpaceData/SW-All.txt") == 1
    assert outcomes(report) == [("CelesTrak", "failed"), ("GFZ, NOAA", "new")]


def test_a_clock_set_back_does_not_lock_out(server: Server, routes: dict[str, Handler], folder: Path) -> None:
    server.routes = routes
    fetch(server, NOW + timedelta(days=2), "earth_orientation")
    report = fetch(server, NOW, "earth_orientation")
    assert report.rows[0].outcome in ("new", "unchanged")


def test_requests_are_conditional(server: Server, routes: dict[str, Handler], folder: Path) -> None:
    server.routes = routes
    fetch(server)
    assert all("if-none-match" not in request.headers for request in server.asked)
    del server.asked[:]
    report = fetch(server, LATER)
    assert ("CelesTrak", "unchanged") in outcomes(report)
    assert report.complete
    asked = {request.path: request.headers for request in server.asked}
    weather = asked["/celestrak/SpaceData/SW-All.txt"]
    assert weather["if-none-match"] == '"weather-1"'
    assert weather["if-modified-since"] == "Mon, 23 Nov 2026 05:00:00 GMT"
    assert re.match(r"pointnemo/\d", weather["user-agent"])
    assert not any("2026-11-18" in path for path in asked)  # a dated file never changes


def test_not_modified_is_not_believed_without_what_it_is_about(
    server: Server, routes: dict[str, Handler], folder: Path
) -> None:
    server.routes = {**routes, "/iers/": always(Answer(status=304))}
    report = fetch(server, NOW, "earth_orientation")
    assert "never made" in report.rows[0].detail


def test_a_refused_answer_leaves_no_etag_behind(server: Server, routes: dict[str, Handler], folder: Path) -> None:
    server.routes = {"/iers/": with_etag(APOLOGY, '"sorry"')}
    fetch(server, NOW, "earth_orientation")
    server.routes = routes
    report = fetch(server, LATER, "earth_orientation")
    assert "if-none-match" not in server.asked[-1].headers
    assert outcomes(report) == [("IERS", "new")]


def test_two_updates_at_once_are_one_too_many(server: Server, routes: dict[str, Handler], folder: Path) -> None:
    server.routes = {**routes}

    def meanwhile(_request: Request) -> Answer:
        with pytest.raises(WorldError, match="another update"):
            fetch(server, NOW, "space_weather")
        return Answer(finals_text())

    server.routes["/iers/"] = meanwhile
    assert outcomes(fetch(server, NOW, "earth_orientation")) == [("IERS", "new")]


# --- misbehaviour: the second source is asked, and the old copy stays -------------------------------------------------

BAD: dict[str, tuple[Callable[[], Answer], str]] = {
    "timeout": (lambda: Answer(cssi_text(), delay_s=5.0), "did not answer within"),
    "drip": (lambda: Answer(cssi_text(), drip_s=0.1), "did not finish within"),
    "403": (lambda: Answer(APOLOGY, 403), "refuses to answer (403)"),
    "404": (lambda: Answer(APOLOGY, 404), "has no such file (404)"),
    "429": (lambda: Answer(APOLOGY, 429), "refuses to answer (429)"),
    "500": (lambda: Answer(APOLOGY, 500), "out of order (500)"),
    "503": (lambda: Answer(APOLOGY, 503), "out of order (503)"),
    "apology with status 200": (lambda: Answer(APOLOGY), "is a web page, not data"),
    "empty": (lambda: Answer(b""), "is not a CssiSpaceWeather file"),
    "binary": (lambda: Answer(bytes(range(256))), "is not plain text"),
    "broken off": (lambda: Answer(cssi_text()[:400_000], length=3_000_000), "broke off after"),
    "cut file": (lambda: Answer(cssi_text()[:-40_000]), "section"),
    "wrong length of section": (
        lambda: Answer(cssi_text().replace(b"BEGIN DAILY_PREDICTED\r\n2026", b"BEGIN DAILY_PREDICTED\r\n\r\n2026")),
        "lines, not 45",
    ),
    "wrong checksum": (
        lambda: Answer(cssi_text(), headers={"Content-MD5": base64.b64encode(b"x" * 16).decode()}),
        "do not match their checksum",
    ),
    "redirect loop": (
        lambda: Answer(status=302, headers={"Location": "/celestrak/SpaceData/SW-All.txt"}),
        "in a circle",
    ),
    "redirect to a file": (
        lambda: Answer(status=302, headers={"Location": "file:///etc/hostname"}),
        "not followed",
    ),
    "too large": (lambda: Answer(b"x" * 21_000_000), "sends more than 20 MB"),
    "compressed": (lambda: Answer(cssi_text(), headers={"Content-Encoding": "gzip"}), "compressed"),
    "last month's": (lambda: Answer(cssi_text(TODAY_MJD - 40)), "days ago"),
    "tomorrow's": (lambda: Answer(cssi_text(TODAY_MJD + 3)), "are called observed"),
    "absurd numbers": (lambda: Answer(cssi_text().replace(b" 105.0 ", b"9105.0 ")), "F10.7 lies outside"),
    "another record": (
        lambda: Answer(re.sub(rb"(?<= )(\d)(\d)(\d\.\d {12})(?=\r)", rb"\g<1>9\g<3>", cssi_text())),
        "agree with the record in use",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_answer_is_refused_and_the_second_source_serves(
    case: str, server: Server, routes: dict[str, Handler], folder: Path
) -> None:
    answer, why = BAD[case]
    server.routes = {**routes, "/celestrak/SpaceData/": always(answer())}
    report = fetch(server, NOW, "space_weather")
    assert outcomes(report) == [("CelesTrak", "failed"), ("GFZ, NOAA", "new")]
    assert why in report.rows[0].detail
    assert server.paths().count("/celestrak/SpaceData/SW-All.txt") <= 5
    weather = load_world().weather
    assert weather.observed_until == TODAY_MJD - 1
    assert weather.issued == "2026-11-22"


@pytest.mark.parametrize("case", ["timeout", "403", "500", "apology with status 200", "broken off", "redirect loop"])
def test_where_every_source_is_bad_the_old_copy_stays(
    case: str, server: Server, routes: dict[str, Handler], folder: Path
) -> None:
    server.routes = routes
    fetch(server, NOW, "space_weather")
    before = load_world().data_files()
    server.routes = {"/": always(BAD[case][0]())}
    report = fetch(server, LATER, "space_weather")
    assert {outcome for _, outcome in outcomes(report)} == {"failed"}
    assert load_world().data_files() == before
    assert "runs go on with the data that are there" in report.text()


def test_offline_is_a_plain_message(folder: Path) -> None:
    """A port on which nobody listens stands for a machine without network."""
    with serving() as gone:
        bases = gone.bases()
    report = update(base_urls=bases, now=NOW, limits=QUICK)
    assert not report.complete
    assert {outcome for _, outcome in outcomes(report)} == {"failed"}
    assert "is there a network?" in report.text()
    assert "Traceback" not in report.text()
    assert load_world().as_of == "2026-10-16"


# --- the other products ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (lambda: APOLOGY, "is a web page"),
        (lambda: finals_text()[: len(finals_text()) // 2], "last observed day"),
        (lambda: finals_text(days_ahead=3), "prediction is cut off"),
        (lambda: finals_text(TODAY_MJD - 60), "last observed day"),
        (lambda: finals_text().replace(b"61366.00 I", b"61377.00 I"), "days are missing"),
        (lambda: re.sub(rb"(?<=6114\d\.00 I  )0\.", b"1.", finals_text()), "outside 1 s"),
        (lambda: re.sub(rb"(?<=6114\d\.00 I  0\.)\d", b"9", finals_text()), "do not agree"),
    ],
)
def test_bad_earth_orientation_is_refused(
    body: Callable[[], bytes], why: str, server: Server, routes: dict[str, Handler], folder: Path
) -> None:
    server.routes = {**routes, "/iers/": always(Answer(body())), "/usno/": always(Answer(finals_text()))}
    report = fetch(server, NOW, "earth_orientation")
    assert outcomes(report) == [("IERS", "failed"), ("USNO", "new")]
    assert why in report.rows[0].detail


def test_a_leap_second_that_this_version_does_not_know_is_named(server: Server, folder: Path) -> None:
    jumped = re.sub(rb"(614\d\d\.00.{43})-0", rb"\g<1> 0", finals_text())  # by 0.9 s, at midnight
    server.routes = {"/iers/": always(Answer(jumped))}
    report = fetch(server, NOW, "earth_orientation")
    assert "leap second" in report.rows[0].detail


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (lambda: APOLOGY, "not a tracking file"),
        (lambda: oem_text()[:8000], "not a tracking file"),
        (lambda: oem_text(name="STARLINK"), "is about STARLINK"),
        (lambda: oem_text(radius_km=42164.0), "has the station at 35786"),
        (lambda: oem_text(NOW - timedelta(days=90)), "90 days ago"),
        (lambda: oem_text(NOW + timedelta(days=3)), "which is to come"),
    ],
)
def test_a_bad_orbit_is_refused(
    body: Callable[[], bytes], why: str, server: Server, routes: dict[str, Handler], folder: Path
) -> None:
    server.routes = {**routes, "/nasa/iss-coords/current/": always(Answer(body()))}
    server.routes["/celestrak/NORAD/"] = always(Answer(oem_text()))  # any tracking file will do
    report = fetch(server, NOW, "orbit")
    assert outcomes(report)[:2] == [("NASA", "failed"), ("CelesTrak", "new")]
    assert why in report.rows[0].detail


def test_history_is_fetched_once_and_by_date(server: Server, routes: dict[str, Handler], folder: Path) -> None:
    server.routes = {**routes, "/nasa/iss-coords/2026-11-20/": always(Answer(APOLOGY))}
    report = fetch(server, NOW, "orbit")
    assert "1 of 2 files" in report.rows[1].detail
    assert "2026-11-20" in report.rows[1].detail
    server.routes = {**routes, "/nasa/?list-type": always(Answer(bucket_listing("2026-11-18", "2026-11-20")))}
    del server.asked[:]
    fetch(server, LATER, "orbit")
    dated = [path for path in server.paths() if "2026-11" in path]
    assert dated == ["/nasa/iss-coords/2026-11-20/ISS_OEM/ISS.OEM_J2K_EPH.xml"]
    assert len(store.orbit_files()) == 3


def test_the_second_source_is_put_behind_the_record_in_use(
    server: Server, routes: dict[str, Handler], folder: Path
) -> None:
    server.routes = {name: handler for name, handler in routes.items() if "celestrak" not in name}
    report = fetch(server, NOW, "space_weather")
    assert outcomes(report) == [("CelesTrak", "failed"), ("GFZ, NOAA", "new")]
    old, new = load_world(bundled=True).weather, load_world().weather
    day = TODAY_MJD - new.mjd0
    assert new.observed_until == TODAY_MJD - 1
    assert new.f107[: day - 40].tobytes() == old.f107[: day - 40].tobytes()
    assert tuple(new.ap[day - 1 : day + 1]) == (7.0, 8.0)
    # NOAA's 115 sfu are at 1 au; in November the Earth is nearer to the Sun.
    assert new.f107[day] == pytest.approx(115.0 * 1.0253, abs=0.1)
    assert new.regime[day + 44] == 1
    assert new.regime[day + 45] == 2
    assert new.f107[day + 84] == pytest.approx(106.0 * 1.025, abs=0.5)  # mid-February
    assert new.valid[1] == old.valid[1]  # beyond NOAA's months those in use go on


def test_a_gap_between_record_and_forecast_is_refused(server: Server, routes: dict[str, Handler], folder: Path) -> None:
    gfz = "/gfz/app/files/Kp_ap_Ap_SN_F107_since_1932.txt"
    server.routes = {name: handler for name, handler in routes.items() if "celestrak" not in name}
    server.routes[gfz] = always(Answer(second_weather_answers(TODAY_MJD - 10)[gfz]))
    report = fetch(server, NOW, "space_weather")
    assert "is missing" in report.rows[1].detail
    assert load_world().as_of == "2026-10-16"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/gfz/app/files/Kp_ap_Ap_SN_F107_since_1932.txt", "is not GFZ's table"),
        ("/noaa/text/45-day-ap-forecast.txt", "is not NOAA's 45-day forecast"),
        ("/noaa/json/solar-cycle/predicted-solar-cycle.json", "is not NOAA's predicted solar cycle"),
    ],
)
def test_every_part_of_the_second_source_is_checked(
    path: str, why: str, server: Server, routes: dict[str, Handler], folder: Path
) -> None:
    server.routes = {name: handler for name, handler in routes.items() if "celestrak" not in name}
    server.routes[path] = always(Answer(second_weather_answers()[path][:150]))
    report = fetch(server, NOW, "space_weather")
    assert outcomes(report) == [("CelesTrak", "failed"), ("GFZ, NOAA", "failed")]
    assert why in report.rows[1].detail


# --- the store ------------------------------------------------------------------------------------------------------


def test_a_damaged_snapshot_gives_way_to_the_one_before(
    server: Server, routes: dict[str, Handler], folder: Path
) -> None:
    server.routes = routes
    fetch(server, NOW, "space_weather")
    server.routes = {"/celestrak/": always(Answer(cssi_text(TODAY_MJD, NOW + timedelta(hours=20))))}
    fetch(server, NOW + timedelta(days=1), "space_weather")
    newest = store.in_use("space_weather")
    assert newest is not None
    assert load_world().weather.observed_until == TODAY_MJD
    (newest.folder / "space_weather_daily.csv.gz").write_bytes(b"damaged")
    assert load_world().weather.observed_until == TODAY_MJD - 1
    (newest.folder / "provenance.json").write_text("{")
    assert load_world().weather.observed_until == TODAY_MJD - 1


def test_a_snapshot_older_than_the_bundled_tables_is_not_used(folder: Path) -> None:
    bundled = load_world(bundled=True)
    old = store.Snapshot("space_weather", folder, "2026-10-01", "test", (), "", ("0",), "", "", {})
    contents = {"space_weather_daily.csv.gz": b"old"}
    files = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    store.save(store.Snapshot(**{**vars(old), "files": files}), contents)
    assert len(store.snapshots("space_weather")) == 1
    assert store.in_use("space_weather") is None
    assert load_world().data_files() == bundled.data_files()


def test_only_the_last_few_snapshots_are_kept(folder: Path) -> None:
    for day in range(1, 8):
        snapshot = store.Snapshot(
            "earth_orientation", folder, f"2027-01-0{day}", "test", (), "", (str(day),), "", "", {}
        )
        store.save(snapshot, {})
    assert [found.issued for found in store.snapshots("earth_orientation")] == [
        "2027-01-05",
        "2027-01-06",
        "2027-01-07",
    ]


def test_a_broken_memory_of_requests_is_an_empty_one(server: Server, routes: dict[str, Handler], folder: Path) -> None:
    folder.mkdir()
    (folder / "requests.json").write_text('["no"')
    server.routes = routes
    assert fetch(server, NOW, "earth_orientation").complete
    (folder / "requests.json").write_text('["no"]')
    assert fetch(server, NOW, "earth_orientation").complete


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path, server: Server) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorldError, match="POINTNEMO_DATA_FOLDER"):
        update(base_urls=server.bases(), now=NOW, folder=tmp_path / "file" / "data")


def test_where_data_live(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POINTNEMO_DATA_FOLDER", str(tmp_path / "own"))
    assert store.data_folder() == tmp_path / "own"
    monkeypatch.delenv("POINTNEMO_DATA_FOLDER")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert store.data_folder() == tmp_path / "pointnemo"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert store.data_folder() == tmp_path / ".local/share/pointnemo"


def test_an_unknown_product_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="is not a product"):
        update(["weather"], now=NOW)


# --- the network is in one place --------------------------------------------------------------------------------------


def test_real_addresses_are_https() -> None:
    assert all(url.startswith("https://") for url in BASE_URLS.values())


def test_https_is_never_left_for_http(server: Server) -> None:
    server.routes = {"/": always(Answer(status=302, headers={"Location": "ftp://127.0.0.1/x"}))}
    with pytest.raises(Unreachable, match="not https"):
        http_get(f"{server.url}/x", limits=QUICK)


def test_nothing_else_touches_the_network() -> None:
    root = Path(world_package.__file__).parent.parent
    users = [
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(
            r"^\s*(import|from) (urllib\.request|http\.client|socket|requests|httpx|ftplib)\b", path.read_text(), re.M
        )
    ]
    assert users == ["world/update.py"]


def test_now_is_the_clock_by_default(server: Server, folder: Path) -> None:
    server.routes = {"/": always(Answer(status=500))}
    update(["earth_orientation"], base_urls=server.bases(), limits=QUICK)
    (first, *_) = store.read_requests(folder).values()
    assert abs(datetime.now(UTC) - datetime.fromisoformat(first["asked"])) < timedelta(minutes=5)
