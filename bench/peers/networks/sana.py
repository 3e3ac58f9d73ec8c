"""Sana-1.6B under diffusers' names: its texts as tokens that are all read, c added to the embedding of time."""
import math
from .layers import F, attention, conv, linear, merge, torch


def split(y, count):
    return y.unflatten(-1, (count, -1)).transpose(1, 2)


def linear_attention(p, at, x, count):
    q, k, v = (split(linear(p, at + name, x), count) for name in ("to_q", "to_k", "to_v"))
    q, k = F.relu(q), F.relu(k)
    y = q @ (k.transpose(-1, -2) @ v) / (q @ k.sum(-2).unsqueeze(-1) + 1e-15)
    return linear(p, at + "to_out.0", merge(y))


def cross_attention(p, at, x, y, count):
    q, k, v = (split(linear(p, at + name, of), count) for name, of in (("to_q", x), ("to_k", y), ("to_v", y)))
    return linear(p, at + "to_out.0", merge(attention(q, k, v)))


def gated_convolution(p, at, x, side):
    y = F.silu(conv(p, at + "conv_inverted", x.transpose(1, 2).unflatten(2, (side, side))))
    a, gate = conv(p, at + "conv_depth", y, groups=y.shape[1]).chunk(2, 1)
    return conv(p, at + "conv_point", a * F.silu(gate)).flatten(2).transpose(1, 2)


def sana(p, x, t, c, tokens, depth=20, count=70, cross=20):
    def norm(y, shift, scale):
        return F.layer_norm(y, y.shape[-1:], eps=1e-6) * (1 + scale) + shift

    side = x.shape[-1]
    angle = 1000 * t[:, None] * torch.exp(-math.log(10000) * torch.arange(128) / 128)
    at = "time_embed.emb.timestep_embedder.linear_"
    e = linear(p, at + "2", F.silu(linear(p, at + "1", torch.cat([angle.cos(), angle.sin()], -1)))) + c
    shared = linear(p, "time_embed.linear", F.silu(e)).unflatten(-1, (6, -1))
    y = F.gelu(linear(p, "caption_projection.linear_1", tokens), approximate="tanh")
    y = linear(p, "caption_projection.linear_2", y)
    y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-5) * p["caption_norm.weight"]
    h = conv(p, "patch_embed.proj", x, padding=0).flatten(2).transpose(1, 2)
    for i in range(depth):
        at = f"transformer_blocks.{i}."
        b1, s1, g1, b2, s2, g2 = (shared + p[at + "scale_shift_table"]).split(1, 1)
        h = h + g1 * linear_attention(p, at + "attn1.", norm(h, b1, s1), count)
        h = h + cross_attention(p, at + "attn2.", h, y, cross)
        h = h + g2 * gated_convolution(p, at + "ff.", norm(h, b2, s2), side)
    shift, scale = (e[:, None] + p["scale_shift_table"]).split(1, 1)
    out = linear(p, "proj_out", norm(h, shift, scale))
    return out.transpose(1, 2).unflatten(2, (side, side))
