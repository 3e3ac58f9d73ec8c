"""Exact inner-product search with faiss."""
import sys
from common import load, serve

faiss, numpy = load("faiss", "numpy")
path, rows, width, queries, k = sys.argv[1], *map(int, sys.argv[2:6])
faiss.omp_set_num_threads(2)
data = numpy.fromfile(path, dtype="float32").reshape(rows, width)
index = faiss.IndexFlatIP(width)
index.add(data)
wanted = numpy.ascontiguousarray(data[:: rows // queries][:queries])


def step(_):
    import time
    start = time.perf_counter()
    scores, found = index.search(wanted, k)
    ms = (time.perf_counter() - start) * 1e3
    return {"ms": ms, "first": [int(row) for row in found[:, 0]], "sum": float(scores.sum())}


serve(step, version=faiss.__version__)
