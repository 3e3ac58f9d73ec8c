"""One training step of PyTorch on a device, in float32, tf32, or float16 or bfloat16 where autocast puts them."""
import json, sys
from common import serve
from transformer import Transformer, torch

size, mode, device = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3]
if device == "cuda" and not torch.cuda.is_available():
    print(json.dumps({"missing": "a CUDA device in PyTorch"}), flush=True)
    sys.exit(0)
n = size.pop("batch")
torch.set_default_device(device)
torch.manual_seed(0)
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = mode == "tf32"
half = {"f16": torch.float16, "bf16": torch.bfloat16}.get(mode)
model = Transformer(**size)
parameters = [p for p in model.parameters() if p.requires_grad]
average = [p.detach().clone() for p in parameters]
optimizer = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=0, fused=True)
scaler = torch.amp.GradScaler(device, enabled=mode == "f16")
shape = (n, size["channels"], size["side"], size["side"])
x0, noise, t, snippet = torch.randn(shape), torch.randn(shape), torch.rand(n), torch.randn(n, 768)


def step(_):
    optimizer.zero_grad()
    at = t[:, None, None, None]
    with torch.autocast(device, dtype=half, enabled=half is not None):
        y = model(x0 * (1 - at) + noise * at, t, snippet)
        loss = ((y.float() - (noise - x0)) ** 2).mean()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    scaler.step(optimizer)
    scaler.update()
    with torch.no_grad():
        torch._foreach_lerp_(average, [p.data for p in parameters], 1e-4)
    if device == "cuda":
        torch.cuda.synchronize()


for _ in range(3):
    step(None)
serve(step, version=f"PyTorch {torch.__version__} {mode} on {torch.cuda.get_device_name() if device == 'cuda' else device}")
