"""A real HTTP server on this machine that plays NASA, CelesTrak, GFZ, NOAA, IERS and USNO - well or badly.

Every handler is a function from the request to ``Answer``; what was asked is kept in the order of asking.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from pointnemo.world import tables
from pointnemo.world.weather import iso_day, to_one_au

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TODAY_MJD = 61367  # 2026-11-23


@dataclass(frozen=True)
class Answer:
    """What the server says; ``body`` shorter than ``length`` is a connection that breaks off."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    delay_s: float = 0.0
    drip_s: float = 0.0


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]


Handler = Callable[[Request], Answer]


@dataclass
class Server:
    """Where it listens, what it serves by path prefix (the longest that fits), and what was asked."""

    url: str
    routes: dict[str, Handler]
    asked: list[Request] = field(default_factory=list)

    def bases(self) -> dict[str, str]:
        return {name: f"{self.url}/{name}" for name in ("nasa", "celestrak", "gfz", "noaa", "iers", "usno")}

    def paths(self) -> list[str]:
        return [request.path.partition("?")[0] for request in self.asked]


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """Serve until the block ends. Nothing is there (404) until a route is set."""
    stop = threading.Event()

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            request = Request(self.path, {key.lower(): value for key, value in self.headers.items()})
            server.asked.append(request)
            fitting = [prefix for prefix in server.routes if self.path.startswith(prefix)]
            answer = server.routes[max(fitting, key=len)](request) if fitting else Answer(b"no", 404)
            stop.wait(answer.delay_s)
            with contextlib.suppress(OSError):  # the client may be gone
                self.send_response(answer.status)
                for key, value in answer.headers.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(answer.body) if answer.length is None else answer.length))
                self.end_headers()
                pieces = [answer.body[i : i + 100] for i in range(0, len(answer.body), 100)] if answer.drip_s else []
                for piece in pieces or [answer.body]:
                    self.wfile.write(piece)
                    self.wfile.flush()
                    if stop.wait(answer.drip_s):
                        break
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

        def version_string(self) -> str:
            return "sky"

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    listener.daemon_threads = True
    server = Server(f"http://127.0.0.1:{listener.server_address[1]}", {})
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        stop.set()
        listener.shutdown()
        listener.server_close()
        thread.join()


def always(answer: Answer) -> Handler:
    return lambda _request: answer


def with_etag(body: bytes, etag: str) -> Handler:
    """Say "not modified" to whoever has it."""

    def handler(request: Request) -> Answer:
        if request.headers.get("if-none-match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        return Answer(body, headers={"ETag": etag, "Last-Modified": "Mon, 23 Nov 2026 05:00:00 GMT"})

    return handler


# --- what the good ones send ----------------------------------------------------------------------------------------


def days_until_yesterday(yesterday_mjd: int = TODAY_MJD - 1) -> tuple[int, np.ndarray]:
    """First MJD, and F10.7 and Ap of every day: the bundled record, then 110 sfu and Ap 7."""
    table = tables.read_table("space_weather_daily.csv.gz")
    first = int(table.about["first_mjd"])
    known = table.values[: int(table.about["forecast_from_mjd"]) - first]
    rest = np.tile([110.0, 7.0], (max(yesterday_mjd + 1 - first - len(known), 0), 1))
    return first, np.concatenate([known, rest])[: yesterday_mjd + 1 - first]


@cache
def cssi_text(yesterday_mjd: int = TODAY_MJD - 1, issued: datetime = NOW - timedelta(hours=6)) -> bytes:
    """A CssiSpaceWeather file in its fixed format, 45 days and 120 months ahead."""
    first, values = days_until_yesterday(yesterday_mjd)
    ahead = [(yesterday_mjd + 1 + i, 105.0, 9) for i in range(45)]
    months = (np.datetime64("2027-02") + np.arange(120)).astype("datetime64[D]").astype(int) + 40587
    rows = {
        "OBSERVED": [_cssi_row(first + i, f107, int(ap)) for i, (f107, ap) in enumerate(values)],
        "DAILY_PREDICTED": [_cssi_row(*row) for row in ahead],
        "MONTHLY_PREDICTED": [_cssi_row(int(mjd), 100.0 + 0.1 * i, None) for i, mjd in enumerate(months)],
    }
    parts = ["DATATYPE CssiSpaceWeather", "VERSION 1.2", f"UPDATED {issued:%Y %b %d %H:%M:%S} UTC", "#"]
    for name, lines in rows.items():
        parts += [f"NUM_{name}_POINTS {len(lines)}", f"BEGIN {name}", *lines, f"END {name}", "#"]
    return "\r\n".join([*parts, ""]).encode()


def _cssi_row(mjd: int, f107: float, ap: int | None) -> str:
    adjusted = f107 * float(to_one_au(mjd))
    day = iso_day(mjd).replace("-", " ")
    ap_text = "    " if ap is None else f"{ap:4d}"
    row = f"{day}{'':68}{ap_text}{'':10}{adjusted:6.1f}{'':14}{f107:6.1f}{'':12}"
    assert len(row) == 130
    return row


@cache
def finals_text(observed_mjd: int = TODAY_MJD - 1, days_ahead: int = 360) -> bytes:
    """finals2000A since 2015: the bundled days, then a steady Earth; empty days at the end."""
    table = tables.read_table("earth_orientation.csv.gz")
    first = int(table.about["first_mjd"])
    mjd = np.arange(57023, observed_mjd + days_ahead + 1)
    given = np.minimum(mjd - first, len(table.values) - 1)
    lines = []
    for day, (ut1, x, y) in zip(mjd, table.values[given], strict=True):
        mark = "I" if day <= observed_mjd else "P"
        line = f"{'':7}{day:8.2f} {mark} {x:9.6f}{'':10}{y:9.6f}{'':10} {mark}{ut1:10.7f}"
        lines.append(line.ljust(188))
    return "\n".join([*lines, f"{'':7}{mjd[-1] + 1:8.2f}".ljust(188), ""]).encode()


def oem_text(created: datetime = NOW - timedelta(days=1), name: str = "ISS", radius_km: float = 6795.0) -> bytes:
    """A day of a circular orbit, as a KVN ephemeris."""
    speed = np.sqrt(398600.4415 / radius_km)
    start = created.replace(hour=12, minute=0, second=0)
    rows = []
    for minute in range(0, 1441, 4):
        u = minute * 60.0 * speed / radius_km
        x, y, vx, vy = np.cos(u) * radius_km, np.sin(u) * radius_km, -np.sin(u) * speed, np.cos(u) * speed
        epoch = start + timedelta(minutes=minute)
        rows.append(f"{epoch:%Y-%m-%dT%H:%M:%S.000} {x:.6f} {y:.6f} 0.0 {vx:.9f} {vy:.9f} 0.0")
    stop = start + timedelta(days=1)
    head = [
        "CCSDS_OEM_VERS = 2.0",
        f"CREATION_DATE = {created:%Y-%m-%dT%H:%M:%S.000}",
        "ORIGINATOR = JSC",
        "META_START",
        f"OBJECT_NAME = {name}",
        "OBJECT_ID = 1998-067-A" if name == "ISS" else "OBJECT_ID = 2020-001-A",
        "CENTER_NAME = EARTH",
        "REF_FRAME = EME2000",
        "TIME_SYSTEM = UTC",
        f"START_TIME = {start:%Y-%m-%dT%H:%M:%S.000}",
        f"STOP_TIME = {stop:%Y-%m-%dT%H:%M:%S.000}",
        "META_STOP",
    ]
    return "\n".join([*head, *rows, ""]).encode()


def bucket_listing(*dates: str) -> bytes:
    prefixes = "".join(f"<CommonPrefixes><Prefix>iss-coords/{date}/</Prefix></CommonPrefixes>" for date in dates)
    return f'<?xml version="1.0"?><ListBucketResult><Name>nasa-public-data</Name>{prefixes}</ListBucketResult>'.encode()


@cache
def second_weather_answers(yesterday_mjd: int = TODAY_MJD - 1) -> dict[str, bytes]:
    """The three files of GFZ and NOAA by path; GFZ's last day has no F10.7 yet."""
    first, values = days_until_yesterday(yesterday_mjd)
    kp, ap = "1.000 " * 8, "4 " * 8
    rows = [
        f"{iso_day(first + i).replace('-', ' ')} 0 0.5 2600 1 {kp}{ap}{int(day_ap)} 50 {f107:.1f} 100.0 1"
        for i, (f107, day_ap) in enumerate(values)
    ]
    rows.append(f"{iso_day(yesterday_mjd + 1).replace('-', ' ')} 0 0.5 2600 1 {kp}{ap}6 50 -1.0 -1.0 0")
    ahead = [(datetime(1858, 11, 17) + timedelta(days=yesterday_mjd + 1 + i)).strftime("%d%b%y") for i in range(45)]
    forecast = [":Product: 45 Day AP Forecast  45DF.txt", ":Issued: 2026 Nov 22 2119 UTC", "# by the U.S. Air Force"]
    forecast += ["45-DAY AP FORECAST", *(f"{day} 008" for day in ahead)]
    forecast += ["45-DAY F10.7 CM FLUX FORECAST", *(f"{day} 115" for day in ahead), "FORECASTER: AUTOMATED", "99999"]
    months = [str(np.datetime64("2026-06") + i) for i in range(60)]
    cycle = [f'{{"time-tag": "{month}", "predicted_f10.7": {110 - 0.5 * i:.1f}}}' for i, month in enumerate(months)]
    return {
        "/gfz/app/files/Kp_ap_Ap_SN_F107_since_1932.txt": "\n".join(["# PURPOSE: ...", *rows, ""]).encode(),
        "/noaa/text/45-day-ap-forecast.txt": "\n".join([*forecast, ""]).encode(),
        "/noaa/json/solar-cycle/predicted-solar-cycle.json": f"[{', '.join(cycle)}]".encode(),
    }


def good_routes() -> dict[str, Handler]:
    """Everyone up and well."""
    routes = {
        "/nasa/iss-coords/current/": with_etag(oem_text(), '"orbit-1"'),
        "/nasa/?list-type": always(Answer(bucket_listing("2026-11-18", "2026-11-20"))),
        "/nasa/iss-coords/2026-11-18/": always(Answer(oem_text(datetime(2026, 11, 18, 18, tzinfo=UTC)))),
        "/nasa/iss-coords/2026-11-20/": always(Answer(oem_text(datetime(2026, 11, 20, 18, tzinfo=UTC)))),
        "/celestrak/SpaceData/": with_etag(cssi_text(), '"weather-1"'),
        "/iers/": with_etag(finals_text(), '"turn-1"'),
    }
    return routes | {path: always(Answer(body)) for path, body in second_weather_answers().items()}
