"""One Heun step of the reverse SDE, eager or compiled; "twice" calls the network twice a drift as the official sampler does."""
import json, sys
from common import serve
from transformer import Transformer, torch

size, mode = json.loads(sys.argv[1]), sys.argv[2]
n = size.pop("batch")
torch.manual_seed(0)
model = Transformer(**size).eval()
network = torch.compile(model) if mode == "compiled" else model
x, snippet = torch.randn(n, size["channels"], size["side"], size["side"]), torch.randn(n, 768)


def drift(x, t):
    """v − ½ w s with w = 2t, s from v."""
    times = torch.full((n,), t)
    velocity = network(x, times, snippet)
    again = network(x, times, snippet) if mode == "twice" else velocity
    score = -(x + (1 - t) * again) / t
    return velocity - t * score


@torch.no_grad()
def step(request):
    t, after = request["t"], request["tNext"]
    h = t - after
    noisy = x + (2 * t * h) ** 0.5 * torch.randn_like(x)
    k1 = drift(noisy, t)
    k2 = drift(noisy - h * k1, after)
    noisy - h * 0.5 * (k1 + k2)


for _ in range(3):
    step({"t": 0.9, "tNext": 0.8})  # what is compiled is compiled here
serve(step, version=f"PyTorch {torch.__version__} {mode}")
