"""Precision, recall, density and coverage with prdc, whose distances are scikit-learn's."""
import contextlib, io, sys
from common import load, serve

prdc, numpy = load("prdc", "numpy")
a, b, rows, width, k = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
real, fake = [numpy.fromfile(path, dtype=numpy.float32).reshape(rows, width) for path in (a, b)]


def step(_):
    with contextlib.redirect_stdout(io.StringIO()):
        return {name: float(value) for name, value in prdc.compute_prdc(real, fake, nearest_k=k).items()}


serve(step, version="prdc 0.2")
