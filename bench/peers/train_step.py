"""One training step of eager PyTorch: forward, backward, clip, AdamW, EMA."""
import json, sys
from common import serve
from transformer import Transformer, torch

size = json.loads(sys.argv[1])
n = size.pop("batch")
torch.manual_seed(0)
model = Transformer(**size)
parameters = [p for p in model.parameters() if p.requires_grad]
average = [p.detach().clone() for p in parameters]
extra = {"foreach": True} if "foreach" in torch.optim.AdamW.__init__.__code__.co_varnames else {}
optimizer = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=0, **extra)
shape = (n, size["channels"], size["side"], size["side"])
x0, noise, t, snippet = torch.randn(shape), torch.randn(shape), torch.rand(n), torch.randn(n, 768)


def step(_):
    optimizer.zero_grad()
    at = t[:, None, None, None]
    loss = ((model(x0 * (1 - at) + noise * at, t, snippet) - (noise - x0)) ** 2).mean()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    with torch.no_grad():
        torch._foreach_mul_(average, 0.9999)
        torch._foreach_add_(average, [p.data for p in parameters], alpha=1e-4)


serve(step, version=torch.__version__, parameters=sum(p.numel() for p in parameters))
