"""What nature does: a value that is passed, made once from the bundled tables or from newer ones.

Nothing here is a module-level table. ``load_world`` reads what is cheap (space weather, Earth orientation); the climate
table, people and land are read when first asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pointnemo.results import DataFile
    from pointnemo.world.density import ClimateTable
    from pointnemo.world.earth import EarthOrientation
    from pointnemo.world.land import Land
    from pointnemo.world.population import Population
    from pointnemo.world.weather import Activity, SpaceWeather

__all__ = ["World", "load_world"]


@dataclass(frozen=True)
class World:
    """Nature as it was known on a day.

    Attributes:
        weather: space weather, the mean line or another.
        earth: Earth orientation.
        updated: tables that an update brought and that stand here in place of the bundled ones.
    """

    weather: SpaceWeather
    earth: EarthOrientation
    updated: tuple[DataFile, ...] = ()

    @property
    def as_of(self) -> str:
        """UTC date on which the space weather was issued: nothing later was known."""
        return self.weather.issued

    @cached_property
    def climate(self) -> ClimateTable:
        """Density for any day and any space weather (``world.atmosphere``)."""
        return _load_climate()

    @cached_property
    def population(self) -> Population:
        """People (``world.population``)."""
        return _load_population()

    @cached_property
    def land(self) -> Land:
        """Land and coast (``world.land``)."""
        return _load_land()

    def line(self, activity: Activity) -> World:
        """The same world under another line through the space-weather forecast."""
        return replace(self, weather=self.weather.line(activity))

    def data_files(self) -> tuple[DataFile, ...]:
        """The tables in use with version, source and SHA-256, for the provenance of a plan."""
        from pointnemo.world.tables import data_files

        newer = {row.name: row for row in self.updated}
        return tuple(newer.get(row.name, row) for row in data_files())


@cache
def _load_climate() -> ClimateTable:
    from pointnemo.world.atmosphere import climate_table

    return climate_table()


@cache
def _load_population() -> Population:
    from pointnemo.world.population import load_population

    return load_population()


@cache
def _load_land() -> Land:
    from pointnemo.world.land import load_land

    return load_land()


def load_world(bundled: bool = False) -> World:
    """The world from the newest valid tables: those that an update brought where they are newer, else the bundled ones.

    Args:
        bundled: leave updated tables aside.

    Returns:
        The mean line of the space weather, Earth orientation, and the rest on demand; ``data_files`` says which tables.

    Raises:
        WorldError: a table is damaged.
    """
    from pointnemo.world import store
    from pointnemo.world.earth import load_earth_orientation
    from pointnemo.world.weather import load_space_weather

    weather, turn = (None if bundled else store.in_use(name) for name in ("space_weather", "earth_orientation"))
    return World(
        load_space_weather(weather.folder if weather else None),
        load_earth_orientation(turn.folder if turn else None),
        tuple(row for snapshot in (weather, turn) if snapshot for row in snapshot.data_files()),
    )
