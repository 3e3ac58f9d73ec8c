"""FID of two folders of PNG files by pytorch-fid or torch-fidelity, with weights that are drawn here and saved for the other side."""
import contextlib, io, os, sys
from common import load, serve

program, folder = sys.argv[1:3]
torch, torchvision, pytorch_fid, fid_score, torch_fidelity = load(
    "torch", "torchvision", "pytorch_fid.inception", "pytorch_fid.fid_score", "torch_fidelity"
)
from random_inception import random_inception

torch.set_num_threads(2)
a, b = [os.path.join(folder, side) for side in "ab"]
weights = os.path.join(folder, "inception.pth")
if not os.path.exists(weights):
    files = sorted(os.path.join(a, name) for name in os.listdir(a))[:16]
    random_inception(weights, torch.stack([torchvision.io.read_image(path) for path in files]))


def pytorch_fid_step():
    pytorch_fid.load_state_dict_from_url = lambda *_, **__: torch.load(weights)
    return fid_score.calculate_fid_given_paths([a, b], 16, torch.device("cpu"), 2048, num_workers=0)


def torch_fidelity_step():
    found = torch_fidelity.calculate_metrics(
        input1=a, input2=b, cuda=False, fid=True, cache=False, verbose=False, batch_size=16, save_cpu_ram=True,
        feature_extractor_weights_path=weights,
    )
    return found["frechet_inception_distance"]


steps = {"pytorch-fid": pytorch_fid_step, "torch-fidelity": torch_fidelity_step}


def step(_):
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        return {"fid": float(steps[program]())}


versions = {"pytorch-fid": "0.3.0", "torch-fidelity": torch_fidelity.__version__}
serve(step, version=f"{program} {versions[program]}, torch {torch.__version__}")
