"""The SiT of the benches in PyTorch: same sizes, same parameters, a linear adapter from 768-wide snippets."""
import math
from common import load

torch = load("torch")
nn, F = torch.nn, torch.nn.functional
torch.set_num_threads(2)


def norm(x):
    return F.layer_norm(x, x.shape[-1:], eps=1e-6)


class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.fc1, self.fc2, self.ada = nn.Linear(d, 4 * d), nn.Linear(4 * d, d), nn.Linear(d, 6 * d)

    def forward(self, x, e):
        n, t, d = x.shape
        s1, c1, g1, s2, c2, g2 = self.ada(e)[:, None].chunk(6, -1)
        q, k, v = self.qkv(norm(x) * (1 + c1) + s1).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, d)
        x = x + g1 * self.proj(y)
        return x + g2 * self.fc2(F.gelu(self.fc1(norm(x) * (1 + c2) + s2), approximate="tanh"))


class Transformer(nn.Module):
    def __init__(self, d, depth, heads, channels, side, patch):
        super().__init__()
        self.patch, self.side, self.channels = patch, side, channels
        self.embed = nn.Linear(channels * patch * patch, d)
        self.pos = nn.Parameter(torch.randn(1, (side // patch) ** 2, d) * 0.02, requires_grad=False)
        self.t1, self.t2, self.adapter = nn.Linear(256, d), nn.Linear(d, d), nn.Linear(768, d)
        self.blocks = nn.ModuleList([Block(d, heads) for _ in range(depth)])
        self.ada, self.out = nn.Linear(d, 2 * d), nn.Linear(d, channels * patch * patch)

    def forward(self, x, t, snippet):
        n, c, g, p = x.shape[0], self.channels, self.side // self.patch, self.patch
        tokens = x.reshape(n, c, g, p, g, p).permute(0, 2, 4, 1, 3, 5).reshape(n, g * g, c * p * p)
        angle = t[:, None] * torch.exp(-math.log(10000) * torch.arange(128) / 128)
        e = F.silu(self.t2(F.silu(self.t1(torch.cat([angle.cos(), angle.sin()], -1)))) + self.adapter(snippet))
        h = self.embed(tokens) + self.pos
        for block in self.blocks:
            h = block(h, e)
        shift, scale = self.ada(e)[:, None].chunk(2, -1)
        y = self.out(norm(h) * (1 + scale) + shift)
        return y.reshape(n, g, g, p, p, c).permute(0, 5, 1, 3, 2, 4).reshape(n, c, g * p, g * p)
