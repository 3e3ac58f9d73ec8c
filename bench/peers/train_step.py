"""One training step of PyTorch, eager or compiled: forward, backward, clip, fused AdamW, EMA."""
import json, sys
from common import serve
from transformer import Transformer, torch

size, mode = json.loads(sys.argv[1]), sys.argv[2]
n = size.pop("batch")
torch.manual_seed(0)
model = Transformer(**size)
parameters = [p for p in model.parameters() if p.requires_grad]
average = [p.detach().clone() for p in parameters]
optimizer = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=0, fused=True)
shape = (n, size["channels"], size["side"], size["side"])
x0, noise, t, snippet = torch.randn(shape), torch.randn(shape), torch.rand(n), torch.randn(n, 768)


def loss_of(x0, noise, t, snippet):
    at = t[:, None, None, None]
    return ((model(x0 * (1 - at) + noise * at, t, snippet) - (noise - x0)) ** 2).mean()


loss_of = torch.compile(loss_of) if mode == "compiled" else loss_of


def step(_):
    optimizer.zero_grad()
    loss_of(x0, noise, t, snippet).backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    with torch.no_grad():
        torch._foreach_lerp_(average, [p.data for p in parameters], 1e-4)


for _ in range(3):
    step(None)  # what is compiled is compiled here
serve(step, version=f"PyTorch {torch.__version__} {mode}")
