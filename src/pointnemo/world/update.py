"""Fetch newer data about the world. Nothing else in pointnemo touches the network.

Every product has two sources, asked in turn until one gives something that can be used. No URL is asked twice within
two hours, whatever became of the first request and whoever started it: the time of asking is written down before the
request is made. Requests are conditional (ETag, If-Modified-Since), bounded in time, size and redirects, and never
leave https for http. What comes is checked (``received``) before it is stored (``store``) beside what was there.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import http.client
import re
import time as wall_clock
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import IO, Literal, NamedTuple

from pointnemo.errors import Defect, InputError, WorldError
from pointnemo.version import __version__
from pointnemo.world import received, store
from pointnemo.world.received import Content, RefusedContent
from pointnemo.world.store import PRODUCTS, Snapshot
from pointnemo.world.tables import Table, read_table

__all__ = ["BASE_URLS", "Limits", "Response", "Unreachable", "UpdateReport", "UpdateRow", "http_get", "update"]

BASE_URLS = {
    "nasa": "https://nasa-public-data.s3.amazonaws.com",
    "celestrak": "https://celestrak.org",
    "gfz": "https://kp.gfz.de",
    "noaa": "https://services.swpc.noaa.gov",
    "iers": "https://datacenter.iers.org",
    "usno": "https://maia.usno.navy.mil",
}
"""Where each host is; tests put a local server in their place."""

PAUSE = timedelta(hours=2)
HISTORY_DAYS = 45  # three ephemerides a week: some twenty files, enough for the drag of a month
HISTORY_FILES = 25  # at most in one update

Outcome = Literal["new", "unchanged", "asked before", "failed"]


class Limits(NamedTuple):
    """How much patience and room a request gets.

    Attributes:
        silence_s: longest wait for the connection and for each part of the answer.
        total_s: longest time for the whole answer.
        size_bytes: largest answer.
    """

    silence_s: float = 20.0
    total_s: float = 180.0
    size_bytes: int = 50_000_000


class Unreachable(Exception):
    """A request gave no usable answer; the message says why in plain words."""


@dataclass(frozen=True)
class Response:
    """An answer.

    Attributes:
        body: what was sent; None for "not modified".
        etag: as sent, or empty.
        last_modified: as sent, or empty.
    """

    body: bytes | None
    etag: str
    last_modified: str


@dataclass(frozen=True)
class UpdateRow:
    """What became of one source.

    Attributes:
        product: one of ``PRODUCTS``.
        source: its name.
        outcome: ``new``: stored and in use; ``unchanged``: nothing newer; ``asked before``: within the last two hours;
            ``failed``: nothing usable came, what was there stays.
        detail: in words.
        issued: UTC, ISO 8601, of what is in use now from this source; empty where nothing came.
        valid_to: last UTC date or instant that it covers.
    """

    product: str
    source: str
    outcome: Outcome
    detail: str
    issued: str = ""
    valid_to: str = ""


@dataclass(frozen=True)
class UpdateReport:
    """What an update did.

    Attributes:
        rows: one for each source that was asked or would have been.
        folder: the data folder.
    """

    rows: tuple[UpdateRow, ...]
    folder: Path

    @property
    def complete(self) -> bool:
        """Whether every product has a source that answered, now or within the last two hours."""
        served = {row.product for row in self.rows if row.outcome != "failed"}
        return served >= {row.product for row in self.rows}

    def text(self) -> str:
        """The report for a terminal: one line for each source, and where the data lie."""
        lines = [
            f"{row.product.replace('_', ' '):<18} {row.source:<10} {row.outcome}: {row.detail}" for row in self.rows
        ]
        missing = sorted({row.product for row in self.rows} - {r.product for r in self.rows if r.outcome != "failed"})
        if missing:
            names = ", ".join(product.replace("_", " ") for product in missing)
            lines.append(f"No source answered for {names}; runs go on with the data that are there.")
        return "\n".join([*lines, f"Data folder: {self.folder}", ""])


class _Source(NamedTuple):
    """One place that a product can come from.

    Attributes:
        name: for people.
        places: what to ask for, as keys of ``BASE_URLS`` and paths, in the order in which ``read`` wants it.
        read: checks what came.
    """

    name: str
    places: tuple[tuple[str, str], ...]
    read: Callable[[Sequence[bytes], Mapping[str, Table], datetime], Content]


_NASA_FILE = "ISS_OEM/ISS.OEM_J2K_EPH.xml"
_SOURCES: dict[str, tuple[_Source, ...]] = {
    "orbit": (
        _Source("NASA", (("nasa", f"/iss-coords/current/{_NASA_FILE}"),), received.read_orbit),
        _Source("CelesTrak", (("celestrak", "/NORAD/elements/gp.php?CATNR=25544&FORMAT=XML"),), received.read_orbit),
    ),
    "space_weather": (
        _Source("CelesTrak", (("celestrak", "/SpaceData/SW-All.txt"),), received.read_celestrak),
        _Source(
            "GFZ, NOAA",
            (
                ("gfz", "/app/files/Kp_ap_Ap_SN_F107_since_1932.txt"),
                ("noaa", "/text/45-day-ap-forecast.txt"),
                ("noaa", "/json/solar-cycle/predicted-solar-cycle.json"),
            ),
            received.read_gfz_noaa,
        ),
    ),
    "earth_orientation": (
        _Source("IERS", (("iers", "/data/9/finals2000A.all"),), received.read_finals),
        _Source("USNO", (("usno", "/ser7/finals2000A.all"),), received.read_finals),
    ),
}


class _Errand(NamedTuple):
    """What every request of one update shares."""

    folder: Path
    bases: Mapping[str, str]
    now: datetime
    limits: Limits


def update(
    sources: Sequence[str] = PRODUCTS,
    *,
    base_urls: Mapping[str, str] | None = None,
    now: datetime | None = None,
    folder: Path | None = None,
    limits: Limits | None = None,
) -> UpdateReport:
    """Fetch what is newer than the data in use.

    Args:
        sources: which products, of ``PRODUCTS``.
        base_urls: in place of some of ``BASE_URLS``.
        now: UTC with time zone; None for the clock of the machine.
        folder: data folder; None for ``store.data_folder()``.
        limits: of each request.

    Returns:
        What became of each source; a source that cannot be reached is a row, not an error.

    Raises:
        InputError: a product is unknown.
        WorldError: the data folder cannot be written to, or another update is at work in it.
    """
    unknown = [product for product in sources if product not in _SOURCES]
    if unknown:
        defects = [Defect(product, "is not a product", f"one of {', '.join(PRODUCTS)}") for product in unknown]
        raise InputError("cannot update", defects)
    errand = _Errand(
        folder=folder or store.data_folder(),
        bases={**BASE_URLS, **(base_urls or {})},
        now=now or datetime.now(UTC),
        limits=limits or Limits(),
    )
    with _alone(errand.folder):
        rows = [row for product in dict.fromkeys(sources) for row in _update_product(product, errand)]
    return UpdateReport(tuple(rows), errand.folder)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the system lets go of when the process ends, however that happens."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise WorldError(f"cannot write to {folder} ({error}); set POINTNEMO_DATA_FOLDER") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WorldError(f"another update is at work in {folder}; wait for it to end") from error
        yield


# --- products -------------------------------------------------------------------------------------------------------


def _update_product(product: str, errand: _Errand) -> Iterator[UpdateRow]:
    """Ask its sources in turn until one answers; for the orbit then NASA's dated files too."""
    for source in _SOURCES[product]:
        row = _update_from(product, source, errand)
        yield row
        if row.outcome != "failed":
            break
    if product == "orbit":
        yield from _update_history(errand)


def _update_from(product: str, source: _Source, errand: _Errand) -> UpdateRow:
    urls = tuple(errand.bases[base] + path for base, path in source.places)
    requests = store.read_requests(errand.folder)
    asked = [_asked(requests.get(url, {}), errand.now) for url in urls]
    if any(asked):
        latest = max(moment for moment in asked if moment is not None)
        again = f"at {latest:%H:%M} UTC; again from {latest + PAUSE:%Y-%m-%d %H:%M} UTC on"
        if all(requests.get(url, {}).get("outcome") == "used" for url in urls):
            return UpdateRow(product, source.name, "asked before", again)
        return UpdateRow(product, source.name, "failed", f"asked in vain {again}")
    try:
        bodies = [_ask(url, errand) for url in urls]
        snapshot, is_new = _take(product, source, urls, bodies, errand)
    except (Unreachable, RefusedContent) as error:
        what = f"what it sent {error}" if isinstance(error, RefusedContent) else str(error)
        return UpdateRow(product, source.name, "failed", what)
    for url, body in zip(urls, bodies, strict=True):
        _remember_use(url, body, errand, keep=True)
    detail = f"of {snapshot.issued}, reaching to {snapshot.valid_to}"
    return UpdateRow(product, source.name, "new" if is_new else "unchanged", detail, snapshot.issued, snapshot.valid_to)


def _take(
    product: str, source: _Source, urls: tuple[str, ...], bodies: Sequence[bytes], errand: _Errand
) -> tuple[Snapshot, bool]:
    """Check what came and store it, unless it is what is in use.

    Returns:
        The snapshot, and whether it is new.

    Raises:
        RefusedContent: it is not usable.
    """
    digests = tuple(hashlib.sha256(body).hexdigest() for body in bodies)
    for here in store.snapshots(product, errand.folder):
        if here.received_sha256 == digests:
            return here, False
    content = source.read(bodies, _tables_in_use(errand.folder), errand.now)
    used = store.in_use(product, errand.folder)
    # Tracking files stand side by side; of tables the newest is used: another source may have been ahead of this one.
    if product != "orbit" and used is not None and content.issued <= used.issued:
        return used, False
    return _store(product, content, urls, digests, errand), True


def _store(
    product: str, content: Content, urls: tuple[str, ...], digests: tuple[str, ...], errand: _Errand
) -> Snapshot:
    files = {name: hashlib.sha256(data).hexdigest() for name, data in content.files.items()}
    snapshot = Snapshot(
        product=product,
        folder=errand.folder,
        issued=content.issued,
        source=content.source,
        urls=urls,
        fetched=f"{errand.now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        received_sha256=digests,
        valid_from=content.valid_from,
        valid_to=content.valid_to,
        files=files,
    )
    return store.save(snapshot, content.files)


def _tables_in_use(folder: Path) -> dict[str, Table]:
    """Every table that can be updated, as runs would read it now."""
    weather, turn = store.in_use("space_weather", folder), store.in_use("earth_orientation", folder)
    places = {received.DAILY: weather, received.MONTHLY: weather, received.EARTH: turn}
    return {name: read_table(name, place.folder if place else None) for name, place in places.items()}


def _update_history(errand: _Errand) -> Iterator[UpdateRow]:
    """NASA's dated ephemerides of the last weeks that are not here yet: each is fetched once."""
    base, product, name = errand.bases["nasa"], "orbit", "NASA dated"
    since = f"{errand.now - timedelta(days=HISTORY_DAYS):%Y-%m-%d}"
    index = f"{base}/?list-type=2&prefix=iss-coords/&delimiter=/&start-after=iss-coords/"
    requests = store.read_requests(errand.folder)
    # The index changes its address with the date; it is the same source all day.
    asked = [_asked(row, errand.now) for url, row in requests.items() if url.startswith(index)]
    if any(asked):
        return
    try:
        listing = _ask(index + since, errand)
        dates = sorted(set(re.findall(rb"<Prefix>iss-coords/(\d{4}-\d\d-\d\d)/</Prefix>", listing)))
        if b"ListBucketResult" not in listing:
            raise RefusedContent("is not a listing of the bucket")
    except (Unreachable, RefusedContent) as error:
        what = f"what it sent {error}" if isinstance(error, RefusedContent) else str(error)
        yield UpdateRow(product, name, "failed", what)
        return
    _remember_use(index + since, listing, errand, keep=False)
    wanted = [f"{base}/iss-coords/{date.decode()}/{_NASA_FILE}" for date in dates if date.decode() >= since]
    missing = [url for url in wanted if requests.get(url, {}).get("outcome") != "used"][-HISTORY_FILES:]
    taken, failed = 0, ""
    for url in missing:
        if _asked(requests.get(url, {}), errand.now):
            continue
        try:
            body = _ask(url, errand)
            _take_dated(url, body, errand)
        except (Unreachable, RefusedContent) as error:
            failed = f"; {url.removeprefix(base)}: {error}"
            continue
        _remember_use(url, body, errand, keep=False)
        taken += 1
    detail = f"{taken} of {len(wanted)} files since {since} fetched, {len(wanted) - len(missing)} were there{failed}"
    yield UpdateRow(product, name, "new" if taken else "failed" if failed else "unchanged", detail)


def _take_dated(url: str, body: bytes, errand: _Errand) -> None:
    digests = (hashlib.sha256(body).hexdigest(),)
    if any(snapshot.received_sha256 == digests for snapshot in store.snapshots("orbit", errand.folder)):
        return
    _store("orbit", received.read_dated_orbit([body], {}, errand.now), (url,), digests, errand)


# --- requests -------------------------------------------------------------------------------------------------------


def _asked(row: Mapping[str, str], now: datetime) -> datetime | None:
    """When a URL was asked, if that was within the last two hours; a time to come is a clock put right since."""
    try:
        moment = datetime.fromisoformat(row["asked"])
    except (KeyError, ValueError):
        return None
    return moment if moment <= now < moment + PAUSE else None


def _ask(url: str, errand: _Errand) -> bytes:
    """One conditional request, written down before it is made.

    Raises:
        Unreachable: no usable answer.
    """
    requests = store.read_requests(errand.folder)
    row = requests.get(url, {})
    kept = store.load_body(errand.folder, url, row.get("sha256", ""))
    asked = {**row, "asked": errand.now.astimezone(UTC).isoformat(), "outcome": "asked"}
    store.write_requests(errand.folder, {**requests, url: asked})
    condition = (row.get("etag", ""), row.get("last_modified", "")) if kept is not None else ("", "")
    response = http_get(url, *condition, limits=errand.limits)
    if response.body is None:
        if kept is None:
            raise Unreachable("says that nothing changed since a request that was never made")
        return kept
    # Remembered now, but believed only with a body kept under this hash: that is, once the content was used.
    seen = {"etag": response.etag, "last_modified": response.last_modified}
    seen["sha256"] = hashlib.sha256(response.body).hexdigest()
    store.write_requests(errand.folder, {**store.read_requests(errand.folder), url: {**asked, **seen}})
    return response.body


def _remember_use(url: str, body: bytes, errand: _Errand, keep: bool) -> None:
    if keep:
        store.save_body(errand.folder, url, body)
    requests = store.read_requests(errand.folder)
    store.write_requests(errand.folder, {**requests, url: {**requests.get(url, {}), "outcome": "used"}})


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow a few redirects, never from https to anything else."""

    max_redirections = max_repeats = 4

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        if not newurl.startswith("https://") and not (req.type == "http" and newurl.startswith("http://")):
            raise Unreachable(f"leads away to {newurl[:80]}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def http_get(url: str, etag: str = "", last_modified: str = "", *, limits: Limits | None = None) -> Response:
    """One GET request.

    Args:
        url: https, or http where a test says so.
        etag, last_modified: of what is here already; empty for an unconditional request.
        limits: of time and size.

    Returns:
        The answer, with a body that is whole: its length, and its MD5 where the server gives one, are right.

    Raises:
        Unreachable: there is no such answer; the message says why.
    """
    limits = limits or Limits()
    headers = {"User-Agent": f"pointnemo/{__version__}", "Accept-Encoding": "identity"}
    headers |= {"If-None-Match": etag} if etag else {}
    headers |= {"If-Modified-Since": last_modified} if last_modified else {}
    opener = urllib.request.build_opener(_Redirects())
    deadline = wall_clock.monotonic() + limits.total_s
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=limits.silence_s) as answer:
            body = _read_bounded(answer, deadline, limits)
            _check_whole(body, answer.headers)
            return Response(body, answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 304:
                return Response(None, etag, last_modified)
            raise Unreachable(_status_in_words(error.code)) from None
    except TimeoutError:
        raise Unreachable(f"did not answer within {limits.silence_s:g} s") from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise Unreachable(f"did not answer within {limits.silence_s:g} s") from None
        raise Unreachable(f"cannot be reached ({error.reason}); is there a network?") from None
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise Unreachable(f"broke off ({type(error).__name__}: {error})") from None


def _read_bounded(answer: http.client.HTTPResponse, deadline: float, limits: Limits) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := answer.read1(1 << 16):
        parts.append(part)
        size += len(part)
        if size > limits.size_bytes:
            raise Unreachable(f"sends more than {limits.size_bytes / 1e6:g} MB")
        if wall_clock.monotonic() > deadline:
            raise Unreachable(f"did not finish within {limits.total_s:g} s")
    return b"".join(parts)


def _check_whole(body: bytes, headers: Message) -> None:
    """Compare the body with the length and the MD5 that came with it.

    Raises:
        Unreachable: they differ.
    """
    if headers.get("Content-Encoding", "identity") != "identity":
        raise Unreachable("sends compressed data, which it was asked not to")
    length = headers.get("Content-Length")
    if length is not None and length.isdigit() and int(length) != len(body):
        raise Unreachable(f"broke off after {len(body)} of {length} bytes")
    digest = hashlib.md5(body, usedforsecurity=False)
    told = headers.get("Content-MD5", "")
    if told and told.strip() != base64.b64encode(digest.digest()).decode():
        raise Unreachable("sends data that do not match their checksum")
    # The ETag of an object put into S3 in one part is the MD5 of its bytes.
    tag = headers.get("ETag", "").strip('"')
    if headers.get("Server") == "AmazonS3" and re.fullmatch(r"[0-9a-f]{32}", tag) and tag != digest.hexdigest():
        raise Unreachable("sends data that do not match their checksum")


def _status_in_words(code: int) -> str:
    if code in (301, 302, 303, 307, 308):
        return f"redirects ({code}) in a circle, too often, or to where it is not followed"
    if code in (403, 429):
        return f"refuses to answer ({code}); it may have been asked too often"
    if code in (404, 410):
        return f"has no such file ({code})"
    return f"answers with an error ({code})" if code < 500 else f"is out of order ({code})"
