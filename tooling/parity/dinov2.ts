import { type Dinov2Config, dinov2Features, dinov2Names, positionTable } from "@gmem/encoders/dinov2";
import type { Named, NDArray } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute, only } from "./compute.ts";

/** The official configuration in ours. */
function configOf({ name, config }: ParityFile): Dinov2Config {
  const official = config as Record<string, number>;
  return {
    name,
    depth: Number(official.depth),
    hiddenSize: Number(official.embed_dim),
    heads: Number(official.num_heads),
    feedForward: config.ffn_layer === "swiglufused" ? "swiglu" : "mlp",
    patchSize: Number(official.patch_size),
    registers: Number(official.num_register_tokens),
    positionGrid: Number(official.img_size) / Number(official.patch_size),
    positions: config.interpolate_antialias ? "timm-antialias" : "dinov2-offset",
    input: { from: 256, to: 224 },
  };
}

const sizeOf = (name: string): readonly [height: number, width: number] =>
  name.split("x").map(Number) as unknown as readonly [number, number];

async function run(file: ParityFile): Promise<Named<NDArray>> {
  const config = configOf(file);
  const params = dinov2Names(file.part("w/"));
  const results: Record<string, NDArray> = {};
  for (const size of file.names.filter((name) => name.startsWith("in/")).map((name) => name.slice(3))) {
    const [height, width] = sizeOf(size);
    const computed = compute({ feeds: { x: file.get(`in/${size}`) }, params }, ({ x }, p) => {
      const { classToken, registers, patches } = dinov2Features(p, x, config);
      const { patchSize, positions } = config;
      const grid = { rows: height / patchSize, columns: width / patchSize, positions };
      return {
        x_norm_clstoken: classToken,
        x_norm_patchtokens: patches,
        ...(registers && { x_norm_regtokens: registers }),
        pos_embed: positionTable(p.pos_embed as typeof x, grid),
      };
    });
    for (const [name, value] of Object.entries(computed)) results[`out/${size}/${name}`] = value;
  }
  // the first of the last two layers, with the final norm: the same network one block shorter
  results["out/intermediate_first_of_last2_norm"] = only(
    compute({ feeds: { x: file.get("in/42x42") }, params }, ({ x }, p) => ({
      out: dinov2Features(p, x, { ...config, depth: config.depth - 1 }).patches,
    })),
  );
  return results;
}

/** DINOv2 as published, at several sizes of image. */
export const dinov2Case: ParityCase = { component: "dinov2", run, tolerance: () => ({ atol: 2e-5 }) };
