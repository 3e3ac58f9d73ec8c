import { type Aval, concat, type Named, relu, slice, sum, type Tensor } from "@gmem/tensor";
import { conv, convParameters } from "../network/conv.ts";
import type { DcAeStage } from "./config.ts";
import { norm, stageNormParameters } from "./norm.ts";

/** Channels of a head. */
const dim = 32;
/** Keeps the quotient finite where every q or k is negative. */
const epsilon = 1e-15;

/**
 * Attention by the kernel relu(q)·relu(k) over all pixels of x [N,C,H,W], linear in their number:
 * oᵢ = (Σⱼ vⱼ kⱼᵀ) qᵢ / (Σⱼ kⱼᵀ qᵢ + ε). Up to 32 pixels the map relu(K)ᵀrelu(Q) itself is cheaper. Each kernel of
 * `stage.scales` adds as many heads that see q, k, v through a depth-wise and a grouped 1 × 1 convolution (Cai et al. 2023).
 */
export function linearAttention(p: Named<Tensor>, at: string, x: Tensor, stage: DcAeStage): Tensor {
  const [n, , height, width] = x.shape as [number, number, number, number];
  const size = height * width;
  const c = headsWidth(stage);
  const qkv = conv(p, `${at}.qkv.conv`, x); // [N,3c,H,W], for each head q, k, v
  const scales = stage.scales.map((_, i) => {
    const near = conv(p, `${at}.aggreg.${i}.0`, qkv, { groups: 3 * c }); // [N,3c,H,W]
    return conv(p, `${at}.aggreg.${i}.1`, near, { groups: (3 * c) / dim }); // [N,3c,H,W]
  });
  const heads = concat([qkv, ...scales], 1).reshape([n, -1, 3 * dim, size]); // [N,h,96,T]
  const q = relu(slice(heads, 2, [0, dim])); // [N,h,32,T]
  const k = relu(slice(heads, 2, [dim, 2 * dim])); // [N,h,32,T]
  const v = slice(heads, 2, [2 * dim, 3 * dim]); // [N,h,32,T]
  const output = size > dim ? linear(q, k, v) : quadratic(q, k, v); // [N,h,32,T]
  const projected = conv(p, `${at}.proj.conv`, output.reshape([n, -1, height, width])); // [N,C,H,W]
  return norm(p, `${at}.proj.norm`, projected, stage.norm);
}

function linear(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const total = sum(k, { axes: [-1], keepDims: true }).matmul(q, { transposeA: true }); // [N,h,1,T]
  return v.matmul(k, { transposeB: true }).matmul(q).div(total.add(epsilon)); // [N,h,32,32] → [N,h,32,T]
}

function quadratic(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const map = k.matmul(q, { transposeA: true }); // [N,h,T,T], keys by queries
  return v.matmul(map.div(sum(map, { axes: [-2], keepDims: true }).add(epsilon)));
}

/** Channels of all heads: as many whole heads as go into the width. */
const headsWidth = ({ width }: DcAeStage): number => dim * Math.floor(width / dim);

export function linearAttentionParameters(at: string, stage: DcAeStage): Named<Aval> {
  const { width, scales } = stage;
  const c = headsWidth(stage);
  return {
    ...convParameters(`${at}.qkv.conv`, [3 * c, width, 1], false),
    ...Object.assign(
      {},
      ...scales.map((kernel, i) => ({
        ...convParameters(`${at}.aggreg.${i}.0`, [3 * c, 1, kernel], false),
        ...convParameters(`${at}.aggreg.${i}.1`, [3 * c, dim, 1], false),
      })),
    ),
    ...convParameters(`${at}.proj.conv`, [width, c * (1 + scales.length), 1], false),
    ...stageNormParameters(`${at}.proj.norm`, width, stage.norm),
  };
}
