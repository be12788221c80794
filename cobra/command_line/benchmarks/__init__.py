"""Cobra beside NumPy, Numba and whatever else is installed: cases, the way of timing them, and the bars they must meet."""
