"""What the networks share; `p` holds the parameters by their names in the file."""
from safetensors_numpy import torch

F = torch.nn.functional


def linear(p, at, x):
    return F.linear(x, p[at + ".weight"], p.get(at + ".bias"))


def conv(p, at, x, **options):
    w = p[at + ".weight"]
    options.setdefault("padding", w.shape[-1] // 2)
    return F.conv2d(x, w, p.get(at + ".bias"), **options)


def attention(q, k, v, mask=None):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def heads(qkv, count):
    n, t, d3 = qkv.shape
    return qkv.reshape(n, t, 3, count, d3 // 3 // count).permute(2, 0, 3, 1, 4).unbind(0)


def merge(y):
    return y.transpose(1, 2).flatten(2)
