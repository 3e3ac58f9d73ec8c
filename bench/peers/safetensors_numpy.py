"""Tensors of a safetensors file as PyTorch views of one buffer."""
import json
from common import load

np, torch = load("numpy", "torch")
DTYPES = {"F32": np.float32, "I32": np.int32}


def read(path):
    data = np.fromfile(path, np.uint8)
    start = 8 + int(data[:8].view(np.uint64)[0])
    header = json.loads(data[8:start].tobytes())
    header.pop("__metadata__", None)
    return {name: torch.from_numpy(data[start + a["data_offsets"][0] : start + a["data_offsets"][1]].view(DTYPES[a["dtype"]]).reshape(a["shape"])) for name, a in header.items()}
