"""KID with torch-fidelity, in float32 as it is called there."""
import sys
from common import load, serve

torch, numpy, fidelity = load("torch", "numpy", "torch_fidelity")
a, b, rows, width = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:5])
real, fake = [torch.from_numpy(numpy.fromfile(path, dtype=numpy.float32).reshape(rows, width)) for path in (a, b)]
from torch_fidelity.metric_kid import kid_features_to_metric


def step(_):
    return kid_features_to_metric(fake, real, verbose=False)


serve(step, version=f"torch-fidelity {fidelity.__version__}")
