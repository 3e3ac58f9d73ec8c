"""SiT-XL/2 and LightningDiT-XL/1 of an embedding c."""
import math
from .layers import F, attention, conv, heads, linear, merge, torch


def gelu(u):
    return F.gelu(u, approximate="tanh")


def embed(p, x, t, c):
    k = p["x_embedder.proj.weight"].shape[-1]
    h = conv(p, "x_embedder.proj", x, stride=k, padding=0).flatten(2).transpose(1, 2) + p["pos_embed"]
    angle = t[:, None] * torch.exp(-math.log(10000) * torch.arange(128) / 128)
    e = linear(p, "t_embedder.mlp.0", torch.cat([angle.cos(), angle.sin()], -1))
    return h, F.silu(linear(p, "t_embedder.mlp.2", F.silu(e)) + c)


def last(p, h, e, norm, side):
    shift, scale = linear(p, "final_layer.adaLN_modulation.1", e)[:, None].chunk(2, -1)
    y = linear(p, "final_layer.linear", norm(h) * (1 + scale) + shift)
    n, t, _ = y.shape
    g = math.isqrt(t)
    k = side // g
    return y.reshape(n, g, g, k, k, -1).permute(0, 5, 1, 3, 2, 4).reshape(n, -1, side, side)


def sit(p, x, t, c, count=16):
    norm = lambda y: F.layer_norm(y, y.shape[-1:], eps=1e-6)
    h, e = embed(p, x, t, c)
    for i in range(28):
        at = f"blocks.{i}."
        s1, c1, g1, s2, c2, g2 = linear(p, at + "adaLN_modulation.1", e)[:, None].chunk(6, -1)
        q, k, v = heads(linear(p, at + "attn.qkv", norm(h) * (1 + c1) + s1), count)
        h = h + g1 * linear(p, at + "attn.proj", merge(attention(q, k, v)))
        h = h + g2 * linear(p, at + "mlp.fc2", gelu(linear(p, at + "mlp.fc1", norm(h) * (1 + c2) + s2)))
    return last(p, h, e, norm, x.shape[-1])[:, : x.shape[1]]


def lightning_dit(p, x, t, c, count=16):
    def norm(y, at):
        return y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-6) * p[at + ".weight"]

    def turn(y):
        pairs = y.unflatten(-1, (-1, 2))
        turned = torch.stack((-pairs[..., 1], pairs[..., 0]), -1).flatten(-2)
        return y * p["feat_rope.freqs_cos"] + turned * p["feat_rope.freqs_sin"]

    h, e = embed(p, x, t, c)
    for i in range(28):
        at = f"blocks.{i}."
        s1, c1, g1, s2, c2, g2 = linear(p, at + "adaLN_modulation.1", e)[:, None].chunk(6, -1)
        q, k, v = heads(linear(p, at + "attn.qkv", norm(h, at + "norm1") * (1 + c1) + s1), count)
        h = h + g1 * linear(p, at + "attn.proj", merge(attention(turn(q), turn(k), v)))
        a, b = linear(p, at + "mlp.w12", norm(h, at + "norm2") * (1 + c2) + s2).chunk(2, -1)
        h = h + g2 * linear(p, at + "mlp.w3", F.silu(a) * b)
    return last(p, h, e, lambda y: norm(y, "final_layer.norm_final"), x.shape[-1])
