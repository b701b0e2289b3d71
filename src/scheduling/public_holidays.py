"""Public holidays of a country or a part of it, as the package `holidays` knows them, in the country's language."""

from collections.abc import Iterable
from functools import lru_cache

from holidays import country_holidays
from holidays.utils import list_supported_countries

from .calendar import Holiday

FIRST_YEAR, LAST_YEAR = 1900, 2199


class UnknownCountryError(ValueError):
    """No public holidays are known of a country of that code."""


class UnknownRegionError(ValueError):
    """The country has no such part, or none whose holidays are known; `known` are those that are."""

    def __init__(self, region: str, known: tuple[str, ...]) -> None:
        super().__init__(region)
        self.known = known


class UnknownYearError(ValueError):
    """The holidays of that year are not known."""

    def __init__(self, year: int) -> None:
        super().__init__(year)
        self.year = year


@lru_cache(maxsize=1)
def countries() -> dict[str, tuple[str, ...]]:
    """The countries by their ISO 3166 codes, with the codes of their parts."""
    return {code: tuple(regions) for code, regions in list_supported_countries(include_aliases=False).items()}


def public_holidays(country: str, region: str | None, years: Iterable[int]) -> tuple[Holiday, ...]:
    """The dates on which the law has people not work, in order. Raises the errors of this module."""
    if country not in countries():
        raise UnknownCountryError(country)
    if region is not None and region not in countries()[country]:
        raise UnknownRegionError(region, countries()[country])
    found: list[Holiday] = []
    for year in sorted(set(years)):
        found += _in_year(country, region, year)
    return tuple(found)


@lru_cache(maxsize=1024)
def _in_year(country: str, region: str | None, year: int) -> tuple[Holiday, ...]:
    language = getattr(country_holidays(country, subdiv=region), "default_language", None)
    found = country_holidays(country, subdiv=region, years=year, language=language, expand=False)
    if not found:
        raise UnknownYearError(year)
    return tuple(Holiday(date=day, name=name) for day, name in sorted(found.items()))
