import { type Dinov2Config, dinov2Features, dinov2Names, positionTable } from "@gmem/encoders/dinov2";
import { GMemError, type Named, type NDArray } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute, only } from "./compute.ts";

/** @throws {GMemError} `DATA` for a layer that the official constructor does not know. */
function feedForwardOf(file: ParityFile): Dinov2Config["feedForward"] {
  const kind = String(file.config.ffn_layer ?? "mlp").replace("swiglufused", "swiglu");
  if (kind === "mlp" || kind === "swiglu" || kind === "identity") return kind;
  throw new GMemError("DATA", `${file.name}: ffn_layer must be mlp, swiglu, swiglufused or identity, got "${kind}"`);
}

/** The official configuration in ours. */
function configOf(file: ParityFile): Dinov2Config {
  const patchSize = file.number("patch_size");
  return {
    name: file.name,
    depth: file.number("depth"),
    hiddenSize: file.number("embed_dim"),
    heads: file.number("num_heads"),
    feedForward: feedForwardOf(file),
    patchSize,
    registers: file.number("num_register_tokens", 0),
    positionGrid: Math.sqrt((file.shapes["w/pos_embed"]?.[1] ?? 1) - 1),
    positions: {
      antialias: file.flag("interpolate_antialias", false),
      offset: file.number("interpolate_offset", 0.1),
    },
    input: { from: patchSize, to: patchSize }, // images come as the network sees them
  };
}

/** Features of one input, `in/NAME` [N,3,H,W] → `out/NAME/…`. */
function features(file: ParityFile, name: string, params: Named<NDArray>): Named<NDArray> {
  const config = configOf(file);
  return compute({ feeds: { x: file.get(`in/${name}`) }, params }, ({ x }, p) => {
    const { classToken, registers, patches } = dinov2Features(p, x, config);
    const { patchSize, positions } = config;
    const [, , height = 0, width = 0] = x.shape;
    const grid = { rows: height / patchSize, columns: width / patchSize, positions };
    return {
      [`out/${name}/x_norm_clstoken`]: classToken,
      [`out/${name}/x_norm_patchtokens`]: patches,
      ...(registers && { [`out/${name}/x_norm_regtokens`]: registers }),
      [`out/${name}/pos_embed`]: positionTable(p.pos_embed as typeof x, grid),
    };
  });
}

/**
 * `out/intermediate_first_of_lastN_norm`: patches after the first of the last N layers, with the final norm, which are those
 * of a network N − 1 blocks shorter. The input is the one of the native size, or else the first with as many patches.
 */
function intermediate(file: ParityFile, name: string, params: Named<NDArray>): NDArray | undefined {
  const layers = /^out\/intermediate_first_of_last(\d+)_norm$/.exec(name)?.[1];
  if (layers === undefined) return undefined;
  const config = configOf(file);
  const [n, tokens] = file.shapes[name] ?? [];
  const fits = file.names.filter((input) => {
    const [count = 0, , height = 0, width = 0] = file.shapes[input] ?? [];
    return input.startsWith("in/") && count === n && (height * width) / config.patchSize ** 2 === tokens;
  });
  const side = config.positionGrid * config.patchSize;
  const input = fits.find((found) => file.shapes[found]?.[2] === side) ?? fits[0];
  if (input === undefined) return undefined;
  const depth = config.depth - Number(layers) + 1;
  return only(
    compute({ feeds: { x: file.get(input) }, params }, ({ x }, p) => ({
      out: dinov2Features(p, x, { ...config, depth }).patches,
    })),
  );
}

async function run(file: ParityFile): Promise<Named<NDArray>> {
  const params = dinov2Names(file.part("w/"));
  const results: Record<string, NDArray> = {};
  for (const name of file.names) {
    if (name.startsWith("in/")) Object.assign(results, features(file, name.slice(3), params));
    const found = intermediate(file, name, params);
    if (found) results[name] = found;
  }
  return results;
}

/** DINOv2 as published, with and without registers and gated layers, at several sizes of image. */
export const dinov2Case: ParityCase = { component: "dinov2", run, tolerance: () => ({ atol: 2e-5 }) };
