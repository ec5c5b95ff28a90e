"""Single-precision arithmetic that the compiler turns into vector code.

The polynomials were fitted by reweighted least squares on Chebyshev nodes; `tests/test_kernel.py` measures
their errors. `numpy.exp` and `numpy.log` inside a loop stop vectorisation: 7.9 ns a value against 1.
"""

from __future__ import annotations

import warnings
from typing import Any

import numba
import numpy as np
from numba import njit

from sim.kernel import cache

CACHING = cache.use()
if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
    # Compiled code wraps in silence, as the hash of `luck` wants it; interpreted code would warn.
    warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)
COMPILED: dict[str, Any] = {"error_model": "numpy", "nogil": True}
INLINED: dict[str, Any] = {**COMPILED, "forceinline": True}

f4 = np.float32
i4 = np.int32
u4 = np.uint32

LN2_HIGH = f4(0.693359375)
LN2_LOW = f4(-2.12194440e-4)
LOG2_E = f4(1.44269504)
TO_NEAREST = f4(12582912.0)  # 1.5 * 2**23: adding and subtracting it rounds to a whole number
SQRT_HALF_BITS = i4(0x3F3504F3)
LARGEST_EXPONENT = f4(87.0)
TWO_PI = f4(6.28318531)
SIGN = i4(-0x80000000)

EXP = tuple(f4(c) for c in (0.5, 0.16666577, 0.041666375, 0.0083631753, 0.0013941104))
LOG = tuple(
    f4(c)
    for c in (
        0.33333311,
        -0.24999987,
        0.20002219,
        -0.16669245,
        0.14218779,
        -0.12384501,
        0.11872324,
        -0.11788765,
        0.069155048,
    )
)
SIN = tuple(f4(c) for c in (-0.16666665, 0.0083327490, -0.00019588009))
COS = tuple(f4(c) for c in (0.041666665, -0.0013888304, 2.4548041e-05))


@njit(**INLINED)
def exp(x):
    """exp(x) within 2e-7 relative, for x between -87 and 87; beyond, the value at the end."""
    x = min(max(x, -LARGEST_EXPONENT), LARGEST_EXPONENT)
    whole = (x * LOG2_E + TO_NEAREST) - TO_NEAREST
    r = (x - whole * LN2_HIGH) - whole * LN2_LOW
    q = (((EXP[4] * r + EXP[3]) * r + EXP[2]) * r + EXP[1]) * r + EXP[0]
    power = i4((i4(whole) + i4(127)) << i4(23)).view(np.float32)
    return (f4(1) + (r + r * r * q)) * power


@njit(**INLINED)
def log(x):
    """log(x) within 2e-7 of the larger of 1 and its size, for normal positive x."""
    pattern = f4(x).view(np.int32)
    power = i4((pattern - SQRT_HALF_BITS) >> i4(23))
    f = i4(pattern - (power << i4(23))).view(np.float32) - f4(1)
    q = LOG[8]
    q = ((q * f + LOG[7]) * f + LOG[6]) * f + LOG[5]
    q = ((q * f + LOG[4]) * f + LOG[3]) * f + LOG[2]
    q = (q * f + LOG[1]) * f + LOG[0]
    z = f * f
    e = f4(power)
    return ((z * f * q - e * LN2_LOW * f4(-1)) - f4(0.5) * z) + f + e * LN2_HIGH


@njit(**INLINED)
def turn(u):
    """Sine and cosine of u turns, u between 0 and 1, within 3e-7."""
    quarter = (u * f4(4) + TO_NEAREST) - TO_NEAREST
    x = (u - quarter * f4(0.25)) * TWO_PI
    z = x * x
    sine = ((SIN[2] * z + SIN[1]) * z + SIN[0]) * z * x + x
    cosine = ((COS[2] * z + COS[1]) * z + COS[0]) * z * z - f4(0.5) * z + f4(1)
    which = i4(quarter)
    swapped = (which & i4(1)) != i4(0)
    first = cosine if swapped else sine
    second = sine if swapped else cosine
    sine_sign = i4((which & i4(2)) << i4(30))
    cosine_sign = i4(((which + i4(1)) & i4(2)) << i4(30))
    return (
        i4(f4(first).view(np.int32) ^ sine_sign).view(np.float32),
        i4(f4(second).view(np.int32) ^ cosine_sign).view(np.float32),
    )
