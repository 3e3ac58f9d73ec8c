"""One forward of a full-size network for each request; `save` in a request is where its result is written."""
import sys, time
from common import serve
from safetensors_numpy import read, torch
from networks import dc_ae, diffusion, kl_vae, sana, vision

name, weights, feeds, mode = sys.argv[1:5]
torch.set_num_threads(2)
NETWORKS = {
    "forward-sit-xl": diffusion.sit,
    "forward-ldit-xl": diffusion.lightning_dit,
    "forward-sana-1.6b": sana.sana,
    "forward-dinov2-b": vision.dinov2,
    "forward-clip-l": vision.clip_image,
    "forward-clip-l-text": vision.clip_text,
    "sd-vae-encode": kl_vae.encode,
    "sd-vae-decode": kl_vae.decode,
    "va-vae-encode": kl_vae.encode,
    "va-vae-decode": kl_vae.decode,
    "dc-ae-encode": dc_ae.encode,
    "dc-ae-decode": dc_ae.decode,
}
network = torch.compile(NETWORKS[name]) if mode == "compiled" else NETWORKS[name]


def faster(value):
    """Weights and pictures of convolutions with channels last."""
    return value.contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value


start = time.perf_counter()
p, x = ({key: faster(value) for key, value in read(path).items()} for path in (weights, feeds))
loaded = (time.perf_counter() - start) * 1e3


@torch.no_grad()
def step(request):
    start = time.perf_counter()
    y = network(p, **x)
    ms = (time.perf_counter() - start) * 1e3
    if "save" in request:
        y.contiguous().numpy().tofile(request["save"])
    return {"ms": ms, "loadMs": loaded}


serve(step, version=f"PyTorch {torch.__version__} {mode}")
