import {
  joinHeads,
  layerNorm,
  linear,
  linearInit,
  mlp,
  normalInit,
  param,
  scaledDotProductAttention,
  splitHeads,
} from "@gmem/nn";
import type { ContextTokens, Params } from "@gmem/spec";
import {
  broadcast,
  concat,
  full,
  GMemError,
  type NDArray,
  type Rng,
  ShapeError,
  scalar,
  slice,
  type Tensor,
} from "@gmem/tensor";

/** Sizes of a connector. */
export interface ConnectorConfig {
  /** Q. */
  readonly queries: number;
  /** D, the width of a token of the language model. */
  readonly hiddenSize: number;
  readonly layers: number;
  /** Divides D. */
  readonly heads: number;
  /** Units of the MLPs. */
  readonly intermediateSize: number;
}

/** OpenUni-B, after InternVL3-1B. */
export const connectorB: ConnectorConfig = {
  queries: 256,
  hiddenSize: 896,
  layers: 6,
  heads: 14,
  intermediateSize: 3072,
};
/** OpenUni-L, after InternVL3-2B. */
export const connectorL: ConnectorConfig = {
  queries: 256,
  hiddenSize: 1536,
  layers: 6,
  heads: 24,
  intermediateSize: 8960,
};

const queriesName = "t2s.meta_queries";
const layerAt = (i: number): string => `t2s.connector.layers.${i}`;

/** @throws {GMemError} code `CONFIG` for sizes that are none; {ShapeError} where the heads do not divide the width. */
export function checkConnector(config: ConnectorConfig): void {
  for (const [name, value] of Object.entries(config))
    if (!(Number.isInteger(value) && value >= 1))
      throw new GMemError("CONFIG", `connector: ${name} must be a whole number from 1, got ${JSON.stringify(value)}`);
  if (config.hiddenSize % config.heads !== 0)
    throw new ShapeError("connector", `${config.heads} heads must divide the hidden size`, [[config.hiddenSize]]);
}

/** Queries N(0, 1/D), linear layers Xavier, under OpenUni's names after `t2s.`. */
export function connectorInit(rng: Rng, config: ConnectorConfig): Params<NDArray> {
  const { queries, hiddenSize: D, layers, intermediateSize } = config;
  const norm = (at: string): Params<NDArray> => ({ [`${at}.weight`]: full([D], 1), [`${at}.bias`]: full([D], 0) });
  const each = Array.from({ length: layers }, (_, i): Params<NDArray> => {
    const at = layerAt(i);
    const square = (name: string): Params<NDArray> => linearInit(rng, `${at}.self_attn.${name}`, { in: D, out: D });
    return {
      ...norm(`${at}.layer_norm1`),
      ...Object.assign({}, ...["q_proj", "k_proj", "v_proj", "out_proj"].map(square)),
      ...norm(`${at}.layer_norm2`),
      ...linearInit(rng, `${at}.mlp.fc1`, { in: D, out: intermediateSize }),
      ...linearInit(rng, `${at}.mlp.fc2`, { in: intermediateSize, out: D }),
    };
  });
  return { [queriesName]: normalInit(rng.split(queriesName), [queries, D], D ** -0.5), ...Object.assign({}, ...each) };
}

/**
 * What learned queries read of a prompt: tokens [N,L,D] of a frozen language model and their mask [N,L] → [N,Q,D]. The queries
 * stand behind the tokens, and a SigLIP-style encoder goes over both.
 *
 * In OpenUni the language model itself runs over prompt and queries, and the connector sees the queries alone; here the model is
 * a text encoder that gives tokens and no more, so that the queries meet the prompt in the connector.
 * @throws {GMemError} code `WEIGHTS` if a parameter is missing.
 * @example
 * const config = { queries: 4, hiddenSize: 8, layers: 2, heads: 2, intermediateSize: 16 };
 * const p = connectorInit(key(0), config);
 * const graph = trace({ feeds: { tokens: f32(2, 5, 8), mask: f32(2, 5) }, state: p }, ({ feeds, state }) => ({
 *   fetches: { y: connector(state, feeds, config) }, // [2,4,8]
 * }));
 */
export function connector(p: Params, { tokens, mask }: ContextTokens, config: ConnectorConfig): Tensor {
  const { queries, hiddenSize } = config;
  const [n, length] = mask.shape as readonly [number, number];
  const own = broadcast(param(p, queriesName).reshape([1, queries, hiddenSize]), [n, queries, hiddenSize]);
  const whole = concat([tokens, own], 1); // [N,L+Q,D]
  const there = concat([mask, broadcast(scalar(1), [n, queries])], 1); // [N,L+Q]
  return slice(connectorEncoder(p, { tokens: whole, mask: there }, config), 1, [length, length + queries]); // [N,Q,D]
}

/** SigLIP's encoder: h + Attn(LN h), then h + MLP(LN h), in every layer; no norm behind. x [N,S,D] → [N,S,D]. */
export function connectorEncoder(
  p: Params,
  { tokens, mask }: ContextTokens,
  { layers, heads }: Pick<ConnectorConfig, "layers" | "heads">,
): Tensor {
  const [n, s] = mask.shape as readonly [number, number];
  const bias = mask.sub(1).mul(10_000).reshape([n, 1, 1, s]); // e^−10000 is 0 in float32
  let h = tokens; // [N,S,D]
  for (let i = 0; i < layers; i++) {
    const at = layerAt(i);
    const norm = (name: string): Tensor => layerNorm(h, { p, at: `${at}.${name}`, epsilon: 1e-6 });
    const y = norm("layer_norm1");
    const part = (name: string): Tensor => splitHeads(linear(p, `${at}.self_attn.${name}`, y), heads); // [N,h,S,hd]
    const read = scaledDotProductAttention(part("q_proj"), part("k_proj"), part("v_proj"), bias);
    h = h.add(linear(p, `${at}.self_attn.out_proj`, joinHeads(read))); // [N,S,D]
    h = h.add(mlp(p, `${at}.mlp`, norm("layer_norm2"))); // [N,S,D]
  }
  return h;
}
