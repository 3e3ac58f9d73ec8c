"""SD-VAE and VA-VAE: which levels there are, and where attention stands, is read from the names."""
from .layers import F, attention, conv


def group_norm(p, at, x):
    return F.group_norm(x, 32, p[at + ".weight"], p[at + ".bias"], 1e-6)


def residual(p, at, x):
    h = conv(p, at + ".conv1", F.silu(group_norm(p, at + ".norm1", x)))
    h = conv(p, at + ".conv2", F.silu(group_norm(p, at + ".norm2", h)))
    return (conv(p, at + ".nin_shortcut", x) if at + ".nin_shortcut.weight" in p else x) + h


def attend(p, at, x):
    y = group_norm(p, at + ".norm", x)
    q, k, v = (conv(p, f"{at}.{name}", y).flatten(2).transpose(1, 2) for name in "qkv")
    return x + conv(p, at + ".proj_out", attention(q, k, v).transpose(1, 2).reshape(x.shape))


def middle(p, at, h):
    return residual(p, at + ".block_2", attend(p, at + ".attn_1", residual(p, at + ".block_1", h)))


def level(p, at, h):
    b = 0
    while f"{at}.block.{b}.conv1.weight" in p:
        h = residual(p, f"{at}.block.{b}", h)
        if f"{at}.attn.{b}.q.weight" in p:
            h = attend(p, f"{at}.attn.{b}", h)
        b += 1
    return h


def last(p, at, h):
    return conv(p, at + ".conv_out", F.silu(group_norm(p, at + ".norm_out", h)))


def encode(p, x):
    h, i = conv(p, "encoder.conv_in", x), 0
    while f"encoder.down.{i}.block.0.conv1.weight" in p:
        h = level(p, f"encoder.down.{i}", h)
        if f"encoder.down.{i}.downsample.conv.weight" in p:
            h = conv(p, f"encoder.down.{i}.downsample.conv", F.pad(h, (0, 1, 0, 1)), stride=2, padding=0)
        i += 1
    return conv(p, "quant_conv", last(p, "encoder", middle(p, "encoder.mid", h)))


def decode(p, x):
    h = middle(p, "decoder.mid", conv(p, "decoder.conv_in", conv(p, "post_quant_conv", x)))
    for i in reversed(range(sum(f"decoder.up.{j}.block.0.conv1.weight" in p for j in range(9)))):
        h = level(p, f"decoder.up.{i}", h)
        if i > 0:
            h = conv(p, f"decoder.up.{i}.upsample.conv", F.interpolate(h, scale_factor=2.0, mode="nearest"))
    return last(p, "decoder", h)
