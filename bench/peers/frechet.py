"""Fréchet distance of two Gaussians as pytorch-fid computes it."""
import sys
from common import load, serve

numpy, linalg = load("numpy", "scipy.linalg")
path, width = sys.argv[1], int(sys.argv[2])
data = numpy.fromfile(path, dtype="float64")
mean1, mean2 = data[:width], data[width : 2 * width]
rest = data[2 * width :].reshape(2, width, width)


def step(_):
    covmean, _ = linalg.sqrtm(rest[0].dot(rest[1]), disp=False)
    if numpy.iscomplexobj(covmean):
        covmean = covmean.real
    diff = mean1 - mean2
    return {"value": float(diff.dot(diff) + numpy.trace(rest[0]) + numpy.trace(rest[1]) - 2 * numpy.trace(covmean))}


import scipy  # noqa: E402

serve(step, version=scipy.__version__)
