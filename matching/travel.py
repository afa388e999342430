"""Metres and minutes between two places: great circles for reach, whole minutes for legs."""

from __future__ import annotations

from math import asin, ceil, cos, radians, sin, sqrt

from matching.problem import Matrix, Place, Point, Problem, Volunteer

EARTH_RADIUS_M = 6_371_009  # the mean radius of WGS-84, as geopy has it
ROUNDING_SLACK = 1e-6  # a leg of exactly 7 minutes stays 7 whatever the last bit of a float says
NEVER = 10**9  # a leg longer than any day


def point(place: Place) -> Point:
    """Where somebody is on a day on foot."""
    if isinstance(place, tuple):
        return place
    raise TypeError(f"{place!r} is no point of a map.")


def metres(a: Point, b: Point) -> float:
    """The great-circle distance by haversine."""
    lat_a, lat_b = radians(a[0]), radians(b[0])
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin(radians(b[1] - a[1]) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))


def pace(problem: Problem, volunteer: Volunteer) -> float:
    """The volunteer's metres a minute."""
    return volunteer.metres_per_minute or problem.walking.metres_per_minute


def leg_min(problem: Problem, volunteer: Volunteer, start: Place, end: Place) -> int:
    """Whole minutes from one place to another for this volunteer."""
    travel = problem.travel
    if isinstance(travel, Matrix):
        return travel.minutes[travel.index[start]][travel.index[end]]
    distance = metres(point(start), point(end))
    exact = distance * travel.detour / pace(problem, volunteer) - ROUNDING_SLACK
    return max(0, ceil(exact)) if exact < NEVER else NEVER


def home_again(volunteer: Volunteer) -> Place:
    """Where a round of this volunteer ends."""
    return volunteer.place if volunteer.end_place is None else volunteer.end_place
