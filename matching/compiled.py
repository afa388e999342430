"""`njit`: numba's compiler with its cache where that can be had, plain Python otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

try:
    import numba
except ImportError:  # numba is optional: the kernels are ordinary functions and only slower
    numba = None  # type: ignore[assignment]


def njit(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function compiled on first use; from the cache in later processes if some folder can be written."""
    if numba is None:
        return function
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder for the cache: neither beside this file nor in the user's own
        return numba.njit(nogil=True)(function)
