"""DINOv2-B/14 and both towers of CLIP ViT-L/14; images are normalised."""
from .layers import F, attention, conv, heads, linear, merge, torch


def norm(p, at, x, eps):
    return F.layer_norm(x, x.shape[-1:], p[at + ".weight"], p[at + ".bias"], eps)


def dinov2(p, x):
    h = conv(p, "patch_embed.proj", x, stride=14, padding=0).flatten(2).transpose(1, 2)
    h = torch.cat([p["cls_token"].expand(len(x), -1, -1), h], 1)
    table, side = p["pos_embed"], x.shape[-1] // 14
    grid = table[:, 1:].reshape(1, 37, 37, -1).permute(0, 3, 1, 2)
    grid = F.interpolate(grid, (side, side), mode="bicubic", antialias=True, align_corners=False)
    h = h + torch.cat([table[:, :1], grid.flatten(2).transpose(1, 2)], 1)
    for i in range(12):
        at = f"blocks.{i}."
        q, k, v = heads(linear(p, at + "attn.qkv", norm(p, at + "norm1", h, 1e-6)), 12)
        h = h + p[at + "ls1.gamma"] * linear(p, at + "attn.proj", merge(attention(q, k, v)))
        wide = F.gelu(linear(p, at + "mlp.fc1", norm(p, at + "norm2", h, 1e-6)))
        h = h + p[at + "ls2.gamma"] * linear(p, at + "mlp.fc2", wide)
    return norm(p, "norm", h, 1e-6)[:, 0]


def tower(p, at, h, layers, count, mask=None):
    for i in range(layers):
        b = f"{at}.resblocks.{i}."
        wide = norm(p, b + "ln_1", h, 1e-5)
        q, k, v = heads(F.linear(wide, p[b + "attn.in_proj_weight"], p[b + "attn.in_proj_bias"]), count)
        h = h + linear(p, b + "attn.out_proj", merge(attention(q, k, v, mask)))
        wide = linear(p, b + "mlp.c_fc", norm(p, b + "ln_2", h, 1e-5))
        h = h + linear(p, b + "mlp.c_proj", wide * torch.sigmoid(1.702 * wide))
    return h


def clip_image(p, x):
    h = conv(p, "visual.conv1", x, stride=14, padding=0).flatten(2).transpose(1, 2)
    h = torch.cat([p["visual.class_embedding"].expand(len(x), 1, -1), h], 1) + p["visual.positional_embedding"]
    h = tower(p, "visual.transformer", norm(p, "visual.ln_pre", h, 1e-5), 24, 16)
    return norm(p, "visual.ln_post", h[:, 0], 1e-5) @ p["visual.proj"]


def clip_text(p, x):
    h = p["token_embedding.weight"][x.long()] + p["positional_embedding"]
    mask = torch.full((x.shape[1], x.shape[1]), float("-inf")).triu(1)
    h = norm(p, "ln_final", tower(p, "transformer", h, 12, 12, mask), 1e-5)
    return h[torch.arange(len(x)), x.argmax(-1)] @ p["text_projection"]
