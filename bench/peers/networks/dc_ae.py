"""DC-AE f32c32: which blocks a stage has is read from the names."""
from .layers import F, conv, torch


def rms(p, at, x):
    y = x * torch.rsqrt(x.pow(2).mean(1, keepdim=True) + 1e-5)
    return y * p[at + ".weight"][:, None, None] + p[at + ".bias"][:, None, None]


def norm(p, at, x):
    if at + ".running_mean" not in p:
        return rms(p, at, x)
    return F.batch_norm(x, p[at + ".running_mean"], p[at + ".running_var"], p[at + ".weight"], p[at + ".bias"], eps=1e-5)


def residual(p, at, x):
    act = F.relu if at + ".conv2.norm.running_mean" in p else F.silu
    return x + norm(p, at + ".conv2.norm", conv(p, at + ".conv2.conv", act(conv(p, at + ".conv1.conv", x))))


def linear_attention(p, at, x):
    n, _, height, width = x.shape
    q, k, v = conv(p, at + ".qkv.conv", x).reshape(n, -1, 96, height * width).split(32, 2)
    q, k = F.relu(q), F.relu(k)
    if height * width > 32:
        y = (F.pad(v, (0, 0, 0, 1), value=1.0) @ k.transpose(-1, -2)) @ q
        y = y[:, :, :-1] / (y[:, :, -1:] + 1e-15)
    else:
        scores = k.transpose(-1, -2) @ q
        y = v @ (scores / (scores.sum(2, keepdim=True) + 1e-15))
    return norm(p, at + ".proj.norm", conv(p, at + ".proj.conv", y.reshape(n, -1, height, width)))


def block(p, at, x):
    if at + ".main.conv1.conv.weight" in p:
        return residual(p, at + ".main", x)
    x = x + linear_attention(p, at + ".context_module.main", x)
    local = at + ".local_module.main"
    wide = F.silu(conv(p, local + ".inverted_conv.conv", x))
    a, gate = conv(p, local + ".depth_conv.conv", wide, groups=wide.shape[1]).chunk(2, 1)
    return x + norm(p, local + ".point_conv.norm", conv(p, local + ".point_conv.conv", a * F.silu(gate)))


def encode(p, x):
    h = F.pixel_unshuffle(conv(p, "encoder.project_in.conv.conv", x), 2)
    for i in range(1, 6):
        at, j = f"encoder.stages.{i}.op_list", 0
        while f"{at}.{j}.main.conv.conv.weight" not in p and any(k.startswith(f"{at}.{j}.") for k in p):
            h, j = block(p, f"{at}.{j}", h), j + 1
        if f"{at}.{j}.main.conv.conv.weight" in p:
            y = F.pixel_unshuffle(conv(p, f"{at}.{j}.main.conv.conv", h), 2)
            h = y + F.pixel_unshuffle(h, 2).unflatten(1, (y.shape[1], -1)).mean(2)
    y = conv(p, "encoder.project_out.main.op_list.0.conv", h)
    return y + h.unflatten(1, (y.shape[1], -1)).mean(2)


def decode(p, x):
    h = conv(p, "decoder.project_in.main.conv", x)
    h = h + x.repeat_interleave(h.shape[1] // x.shape[1], 1)
    for i in reversed(range(1, 6)):
        at, j = f"decoder.stages.{i}.op_list", 0
        if f"{at}.0.main.conv.conv.weight" in p:
            y = F.pixel_shuffle(conv(p, f"{at}.0.main.conv.conv", h), 2)
            h, j = y + F.pixel_shuffle(h.repeat_interleave(4 * y.shape[1] // h.shape[1], 1), 2), 1
        while any(k.startswith(f"{at}.{j}.") for k in p):
            h, j = block(p, f"{at}.{j}", h), j + 1
    h = F.relu(rms(p, "decoder.project_out.op_list.0", h))
    return F.pixel_shuffle(conv(p, "decoder.project_out.op_list.2.conv.conv", h), 2)
