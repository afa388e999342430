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
def whole_minutes(metres, per_metre):
    """The minutes that a way of so many metres takes, rounded up once."""
    return max(0, int(np.ceil(min(metres * per_metre - ROUNDING_SLACK, NEVER))))


@njit
def leg_between(lat, lon, cos_lat, per_metre, row, minutes, a, b):
    """Whole minutes from place a to place b, by the table if there is one."""
    if len(minutes) > 0:
        return minutes[row[a], row[b]]
    return whole_minutes(metres_between(lat, lon, cos_lat, a, b), per_metre)


@njit
def _fits(low, high, v_window, window_from, window_until, v, out, back, duration):
    """Whether a visit with these legs, alone, lies within one of her windows."""
    for w in range(v_window[v], v_window[v + 1]):
        if max(low, window_from[w] + out) <= min(high, window_until[w] - back - duration):
            return True
    return False


@njit
def count_pairs(
    needs, fill, n_class, v_class, fits, barred_first, barred, allowed_first, allowed, pairs_only, low, high, duration,
    remote, lat, lon, cos_lat, per_metre, row, minutes, reach, most_minutes, v_window, window_from, window_until,
    v_home_end, v_round, everywhere, those, band_first, band_south, band_height, by_band, widest, out_first,
    out_volunteer, out_kind,
):  # fmt: skip
    """Judge the pairs of these needs: counts of the volunteers that each rule removes first, and how many are kept.

    With `fill`, those kept are written from out_first[i] on: rows of volunteers, LEFT or AWAY (not free for this need
    alone, but perhaps from another door). `barred` holds, by need and sorted, rows excluded (even codes: 2 x row) or
    forbidden (odd); `allowed` the rows a list of pairs names; `those` (ascending) the rows looked at where a need has
    no place; `v_round`: whose way home from a need is the way there. Those of one need are written in order of rows.
    Returns (counts, kept).
    """
    n_needs, n_volunteers, by_table = len(low), len(v_class), len(minutes) > 0
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
        spatial = not by_table and not remote[n]
        fitting = fits[n_class[n]]
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
                if not fitting[v_class[v]] or mark[v] & 3 or (pairs_only and mark[v] == 0):
                    continue
                out, back = 0, v_home_end[v]  # as for a need without a place
                if by_table and not remote[n]:
                    out, back = minutes[row[n_needs + v], row[n]], minutes[row[n], row[n_needs + n_volunteers + v]]
                elif not remote[n]:
                    metres = metres_between(lat, lon, cos_lat, n_needs + v, n)
                    if metres > reach[v]:
                        counts[i, REACH] += 1
                        continue
                    out = back = whole_minutes(metres, per_metre[v])
                    if not v_round[v]:
                        end = n_needs + n_volunteers + v
                        back = leg_between(lat, lon, cos_lat, per_metre[v], row, minutes, n, end)
                kind = LEFT
                if not _fits(low[n], high[n], v_window, window_from, window_until, v, out, back, duration[n]):
                    counts[i, FREE] += 1
                    kind = AWAY if by_table and most_minutes[v] >= duration[n] else 0
                elif most_minutes[v] < duration[n]:
                    counts[i, MINUTES] += 1
                    kind = 0
                if kind:
                    kept[i, kind - 1] += 1
                    if fill:
                        out_volunteer[at] = v
                        out_kind[at] = kind
                        at += 1
        if fill and parts > 1:
            span = slice(out_first[i], at)
            order = np.argsort(out_volunteer[span], kind="mergesort")
            out_volunteer[span] = out_volunteer[span][order]
            out_kind[span] = out_kind[span][order]
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
