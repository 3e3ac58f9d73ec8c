"""SVD of centred rows in a raw float32 file, by numpy or scikit-learn; also the residual of factors in raw files."""
import sys
from common import load, serve

numpy = load("numpy")
randomized = load("sklearn.utils.extmath").randomized_svd if sys.argv[1] == "sklearn" else None
path, rows, width, rank = sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])


def read(file, shape):
    return numpy.fromfile(file, dtype="float32").reshape(shape)


def step(request):
    if "factors" in request:
        at = request["factors"]
        r = request["rank"]
        left = read(path, (rows, width)) - read(at + ".mean", (width,))
        left -= read(at + ".C", (rows, r)) @ read(at + ".B", (width, r)).T
        return {"residual": float(numpy.sqrt((left.astype("float64") ** 2).sum()))}
    import time
    start = time.perf_counter()
    data = read(path, (rows, width))
    data -= data.mean(0)
    if randomized is None:
        u, s, v = numpy.linalg.svd(data, full_matrices=False)
        seconds = time.perf_counter() - start
        return {"ms": seconds * 1e3, "residual": float(numpy.sqrt((s[rank:].astype("float64") ** 2).sum()))}
    randomized(data, n_components=rank, random_state=0)


serve(step, version=numpy.__version__)
