# mypy: disable-error-code="no-untyped-def"
"""The compiled loop over pairs: who is in reach and free, for needs and volunteers whose classes already agree.

Volunteers are kept in bands of latitude, by longitude within a band, so that a need looks only at those whose circle
may hold it. What passes is the same as in `rules`: great circles, whole minutes rounded up once, one free window.
"""

from __future__ import annotations

import numpy as np

from matching.compiled import njit
from matching.travel import EARTH_RADIUS_M, NEVER, ROUNDING_SLACK

EXCLUDED, FORBIDDEN, REACH, FREE, MINUTES = range(5)  # the columns of `counts`
LEFT, AWAY = 1, 2
MARGIN = 1e-9  # radians (6 mm) by which the search box is wider than any reach


@njit
def metres_between(lat, lon, cos_lat, a, b):
    """Great-circle metres by haversine."""
    half = np.sin((lat[b] - lat[a]) / 2) ** 2 + cos_lat[a] * cos_lat[b] * np.sin((lon[b] - lon[a]) / 2) ** 2
    return 2 * EARTH_RADIUS_M * np.arcsin(min(1.0, np.sqrt(half)))


@njit
def leg_between(lat, lon, cos_lat, per_metre, row, minutes, a, b):
    """Whole minutes from place a to place b, by the table if there is one."""
    if len(minutes) > 0:
        return minutes[row[a], row[b]]
    exact = metres_between(lat, lon, cos_lat, a, b) * per_metre - ROUNDING_SLACK
    return max(0, int(np.ceil(min(exact, NEVER))))


@njit
def _judge(
    n, v, low, high, duration, remote, lat, lon, cos_lat, per_metre, row, minutes, reach, most_minutes, v_window,
    window_from, window_until, n_needs, n_volunteers,
):  # fmt: skip
    """REACH, FREE or MINUTES if that rule fails first, else -1."""
    home, end = n_needs + v, n_needs + n_volunteers + v
    there = home if remote[n] else n
    limited = not remote[n] and len(minutes) == 0 and reach[v] < np.inf
    if limited and metres_between(lat, lon, cos_lat, home, n) > reach[v]:
        return REACH
    out = 0 if remote[n] else leg_between(lat, lon, cos_lat, per_metre[v], row, minutes, home, n)
    back = leg_between(lat, lon, cos_lat, per_metre[v], row, minutes, there, end)
    fits = False
    for w in range(v_window[v], v_window[v + 1]):
        if max(low[n], window_from[w] + out) <= min(high[n], window_until[w] - back - duration[n]):
            fits = True
            break
    if not fits:
        return FREE
    return MINUTES if most_minutes[v] < duration[n] else -1


@njit
def count_pairs(
    needs, fill, n_class, v_class, fits, barred_first, barred, allowed_first, allowed, pairs_only, low, high, duration,
    remote, lat, lon, cos_lat, per_metre, row, minutes, reach, most_minutes, v_window, window_from, window_until,
    everywhere, those, band_first, band_south, band_height, by_band, widest, out_first, out_volunteer, out_kind,
):  # fmt: skip
    """Judge the pairs of these needs: counts of the volunteers that each rule removes first, and how many are kept.

    With `fill`, those kept are written from out_first[i] on: rows of volunteers, LEFT or AWAY (not free for this need
    alone, but perhaps from another door). `barred` holds, by need and sorted, rows excluded (even codes: 2 x row) or
    forbidden (odd); `allowed` the rows a list of pairs names; `those` the rows looked at where a need has no place.
    Returns (counts, kept).
    """
    n_needs, n_volunteers = len(low), len(v_class)
    counts = np.zeros((len(needs), 5), np.int64)
    kept = np.zeros((len(needs), 2), np.int64)
    mark = np.zeros(n_volunteers, np.int8)  # 1 excluded, 2 forbidden, 4 listed
    for i in range(len(needs)):
        n = needs[i]
        at = out_first[i] if fill else 0
        for k in range(barred_first[n], barred_first[n + 1]):
            mark[barred[k] // 2] |= 1 + barred[k] % 2
        for k in range(allowed_first[n], allowed_first[n + 1]):
            mark[allowed[k]] |= 4
        spatial = len(minutes) == 0 and not remote[n]
        parts = 1
        if spatial:
            south = max(0, int(np.floor((lat[n] - widest - MARGIN - band_south) / band_height)))
            north = min(len(band_first) - 2, int(np.floor((lat[n] + widest + MARGIN - band_south) / band_height)))
            parts = 1 + 3 * max(0, north - south + 1)
            wide = np.pi
            if abs(lat[n]) + widest + MARGIN < np.pi / 2:
                wide = np.arcsin(min(1.0, np.sin(widest) / np.cos(lat[n]))) + MARGIN
        for part in range(parts):
            if part == 0:  # those whose reach has no limit, or everybody
                begin, end, rows = 0, len(everywhere) if spatial else len(those), everywhere if spatial else those
            else:
                band = south + (part - 1) // 3
                shift = ((part - 1) % 3 - 1) * 2 * np.pi  # a circle may lie across the date line
                if wide >= np.pi and (part - 1) % 3 != 1:
                    continue
                first, last = band_first[band], band_first[band + 1]
                low_lon, high_lon = lon[n] + shift - wide, lon[n] + shift + wide
                if wide >= np.pi:  # a pole lies within reach
                    low_lon, high_lon = -np.inf, np.inf
                begin, end = first, last
                while begin < end:  # the first that lies east enough
                    middle = (begin + end) // 2
                    if lon[n_needs + by_band[middle]] < low_lon:
                        begin = middle + 1
                    else:
                        end = middle
                end = last
                rows = by_band
            for k in range(begin, end):
                v = rows[k]
                if part > 0 and lon[n_needs + v] > high_lon:
                    break
                if not fits[n_class[n], v_class[v]] or mark[v] & 3 or (pairs_only and mark[v] == 0):
                    continue
                rule = _judge(
                    n, v, low, high, duration, remote, lat, lon, cos_lat, per_metre, row, minutes, reach,
                    most_minutes, v_window, window_from, window_until, n_needs, n_volunteers,
                )  # fmt: skip
                kind = LEFT if rule < 0 else 0
                if rule >= 0:
                    counts[i, rule] += 1
                    if rule == FREE and len(minutes) > 0 and most_minutes[v] >= duration[n]:
                        kind = AWAY
                if kind:
                    kept[i, kind - 1] += 1
                    if fill:
                        out_volunteer[at] = v
                        out_kind[at] = kind
                        at += 1
        for k in range(barred_first[n], barred_first[n + 1]):
            mark[barred[k] // 2] = 0
        for k in range(allowed_first[n], allowed_first[n + 1]):
            mark[allowed[k]] = 0
    return counts, kept


@njit
def squares(volunteers, v_first, v_placed, v_leg, a_need, lat, lon, cos_lat, per_metre, row, minutes, out):
    """Write, for each of these volunteers, the minutes between each two of her placed needs."""
    for v in volunteers:
        first, placed, begin = v_first[v], v_placed[v], v_leg[v]
        for i in range(placed):
            for j in range(placed):
                if i == j:
                    out[begin + i * placed + j] = 0
                elif j < i and len(minutes) == 0:
                    out[begin + i * placed + j] = out[begin + j * placed + i]
                else:
                    out[begin + i * placed + j] = leg_between(
                        lat, lon, cos_lat, per_metre[v], row, minutes, a_need[first + i], a_need[first + j]
                    )


@njit
def least_legs(v_first, v_placed, v_leg, a_out, legs, out):
    """For each placed arc the least minutes in which its volunteer can come to it, from home or another of hers."""
    for v in range(len(v_placed)):
        first, placed = v_first[v], v_placed[v]
        for j in range(placed):
            least = a_out[first + j]
            for i in range(placed):
                if i != j:
                    least = min(least, legs[v_leg[v] + i * placed + j])
            out[first + j] = least
