import { checkTables, lightningDit, lightningDitBlock } from "@gmem/backbones/lightning-dit";
import { dataAtOne, velocityModel } from "@gmem/model";
import { param, patchEmbed, timestepEmbedding } from "@gmem/nn";
import type { VelocityModel } from "@gmem/spec";
import { type Named, type NDArray, neg, type Tensor } from "@gmem/tensor";
import { checkTensors } from "@gmem/weights";
import { blocks } from "./blocks.ts";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";
import { cfgCalls, forwardWithCfg, lightningDitConfig } from "./lightning-dit.ts";
import { measured } from "./measured.ts";
import { fedConditioner, mapArray } from "./network.ts";

/** GMem's LightningDiT: layers, S-Adapter, masked training pass with the REPA head, guidance with intervals. */
async function run(file: ParityFile): Promise<Named<NDArray>> {
  const projectors = projectorsOf(file);
  const own = lightningDitConfig(file);
  const config = projectors.length > 0 ? { tapAfter: usualTap, ...own } : own;
  const params = file.part("w/");
  checkTables(params, config);
  const [, dim = 0] = file.shapes["in/c"] ?? [];
  const model = velocityModel({
    backbone: dataAtOne(lightningDit(config)),
    conditioner: fedConditioner(dim, "snippet"),
    projectors,
  });
  checkTensors(params, model.avals(), file.name);
  const [head] = model.projectors ?? [];
  const [x, u, condition] = [file.get("in/x"), file.get("in/t"), file.get("in/c")];
  const kept = file.find("in/train_dropout_mask"); // 0 or 1
  const mask = kept && mapArray(kept, (m) => m / (1 - file.number("dropout", 0.4)));
  const feeds = { x, u, t: mapArray(u, (value) => 1 - value), condition, ...(mask ? { mask } : {}) };
  const results: Record<string, NDArray> = {};
  const keep = (found: Named<NDArray>): void => {
    for (const [name, value] of Object.entries(found)) if (file.shapes[`out/${name}`]) results[`out/${name}`] = value;
  };

  keep(
    compute({ feeds: feeds as Record<keyof typeof feeds, NDArray>, params }, ({ x, u, t, condition }, p) => {
      const c = model.condition(p, { condition }); // [N,D]
      const tokens = patchEmbed(p, "x_embedder", x, config.patchSize).add(param(p, "pos_embed")); // [N,T,D]
      const e = timestepEmbedding(p, "t_embedder", u).add(c); // [N,D]
      return {
        forward: neg(model.velocity(p, x, t, c).velocity), // the network's velocity is −v
        x_tokens: tokens,
        cond: e,
        ...blocks(file, { depth: config.depth, h: tokens }, (h, i) =>
          lightningDitBlock(p, `blocks.${i}`, { h, e, config }),
        ),
      };
    }),
  );
  if (mask)
    keep(
      compute({ feeds: { ...feeds, mask }, params }, ({ x, t, condition, mask }, p) => {
        const c = model.condition(p, { condition }, { snippetScale: mask }); // [N,D]
        const { velocity, tap } = model.velocity(p, x, t, c);
        return { train_forward: neg(velocity), ...(tap && head ? { train_z: head.apply(p, tap) } : {}) };
      }),
    );
  const doubled = file.find("in/cfg_x");
  if (doubled) {
    const snippets = file.get("in/cfg_c"); // [2N,d]
    for (const [name, call] of Object.entries(cfgCalls(file)))
      keep({ [`cfg_${name}`]: forwardWithCfg({ model, params, x: doubled, call }, embedding(model, snippets)) });
  }
  return results;
}

/** First and second half of the snippets, through the S-Adapter. */
function embedding(model: VelocityModel, snippets: NDArray) {
  const [count = 0, dim = 0] = snippets.shape;
  const half = (i: number): NDArray => ({
    ...snippets,
    shape: [count / 2, dim],
    data: snippets.data.slice((i * count * dim) / 2, ((i + 1) * count * dim) / 2),
  });
  return {
    feeds: { given: half(0), missing: half(1) },
    embed: (p: Named<Tensor>, { given, missing }: Named<Tensor>): readonly [Tensor, Tensor] => [
      model.condition(p, given ? { condition: given } : {}),
      model.condition(p, missing ? { condition: missing } : {}),
    ],
  };
}

/** The code's own, where the metadata does not say. */
const usualTap = 4;

/** Sizes of the projector, from its weights. */
function projectorsOf(file: ParityFile): readonly { readonly hidden: number; readonly width: number }[] {
  const [hidden, width] = ["0", "4"].map((i) => file.shapes[`w/projector.0.${i}.weight`]?.[0]);
  return hidden && width ? [{ hidden, width }] : [];
}

/** Every mix of switches; the file's name may carry those that are on. */
export const gmemLdit: ParityCase = {
  component: "gmem_ldit",
  run,
  tolerance: (file, tensor) => ({ atol: Math.max(1e-5, measured(file, tensor)) }),
};
