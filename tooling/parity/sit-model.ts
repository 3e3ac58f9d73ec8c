import { type SitConfig, sit, sitBlock } from "@gmem/backbones/sit";
import { type ClassTableConditioner, conditioner } from "@gmem/class-table";
import { dataAtOne, velocityModel } from "@gmem/model";
import { param, patchEmbed, timestepEmbedding, timestepFrequencies } from "@gmem/nn";
import { cfg, euler, sampler } from "@gmem/samplers";
import type { LatentShape, VelocityModel } from "@gmem/spec";
import { array, concatRows, type Named, type NDArray, referenceEngine, takeRows } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute, only } from "./compute.ts";

interface Setup {
  readonly config: SitConfig;
  readonly table: ClassTableConditioner;
  /** The network as it is in canonical time. */
  readonly model: VelocityModel;
  readonly params: Named<NDArray>;
}

async function setup(file: ParityFile): Promise<Setup> {
  const official = file.config as Record<string, number | boolean>;
  const [, ...latent] = file.get("in/x").shape;
  const params = file.part("w/");
  const config: SitConfig = {
    latent: latent as unknown as LatentShape,
    patchSize: Number(official.patch_size),
    depth: Number(official.depth),
    hiddenSize: Number(official.hidden_size),
    heads: Number(official.num_heads),
    learnSigma: Boolean(official.learn_sigma),
    qkNorm: "blocks.0.attn.q_norm.weight" in params,
  };
  const table = await conditioner(
    { classes: Number(official.num_classes) },
    { hiddenSize: config.hiddenSize, dropProbability: Number(official.class_dropout_prob ?? 0) },
  );
  return { config, table, params, model: velocityModel({ backbone: dataAtOne(sit(config)), conditioner: table }) };
}

/** The raw network in its own time, t = 1 data, with classes from the table. */
function forward({ config, table, params }: Setup, feeds: { x: NDArray; t: NDArray; label: NDArray }): NDArray {
  const backbone = sit(config);
  return only(
    compute({ feeds, params }, ({ x, t, label }, p) => ({
      out: backbone.apply(p, x, t, table.snippet(p, { label })).output,
    })),
  );
}

/** SiT's `forward_with_cfg`: the first half of x twice, [cond, null]; channels 0…2 guided, the others as they come. */
async function guided(file: ParityFile, at: Setup): Promise<NDArray> {
  const [x, t, label] = [file.get("in/cfg_x"), file.get("in/cfg_t"), file.get("in/cfg_y")];
  const n = (x.shape[0] ?? 0) / 2;
  const rows = Array.from({ length: n }, (_, i) => i);
  const half = takeRows(x, rows);
  const conditional: NDArray[] = [];
  for (const i of rows) {
    // one Euler step of length 1 through the public sampler: v = x − x', and the network's output is −v
    const from = 1 - (t.data[i] as number);
    const ready = await sampler({
      engine: referenceEngine(),
      model: at.model,
      parameters: at.params,
      batchSize: 1,
      solver: euler,
      steps: 1,
      range: [from, from - 1],
      guidance: cfg({ scale: Number(file.metadata.cfg_scale), channels: 3 }),
    });
    const start = takeRows(half, [i]) as NDArray<"f32">;
    const { latents } = await ready.run({ noise: start, feeds: { label: takeRows(label, [i]) } });
    conditional.push(
      array(
        latents.data.map((value, k) => value - (start.data[k] as number)),
        start.shape,
      ),
    );
    await ready.dispose();
  }
  const first = concatRows(conditional);
  const nulls = forward(at, {
    x: half,
    t: takeRows(
      t,
      rows.map((i) => i + n),
    ),
    label: takeRows(
      label,
      rows.map((i) => i + n),
    ),
  });
  const [, channels = 0, height = 0, width = 0] = half.shape;
  const second = first.data.map((value, k) =>
    Math.floor(k / (height * width)) % channels < 3 ? value : (nulls.data[k] as number),
  );
  return concatRows([first, array(Float32Array.from(second), first.shape)]);
}

/** States of the Euler method from x at the first of `count` times to data. */
async function trajectory(file: ParityFile, at: Setup, count: number): Promise<NDArray> {
  const noise = file.get("in/x") as NDArray<"f32">;
  const ready = await sampler({
    engine: referenceEngine(),
    model: at.model,
    parameters: at.params,
    batchSize: noise.shape[0] ?? 0,
    solver: euler,
    steps: count - 1,
  });
  const states: NDArray[] = [noise];
  for await (const step of ready.steps({ noise, feeds: { label: file.get("in/y") } })) states.push(await step.x());
  await ready.dispose();
  return concatRows(states.map((state) => array(Float32Array.from(state.data), [1, ...state.shape])));
}

/** SiT as published: its layers, its output, guidance and the Euler sampler. */
export const sitModel: ParityCase = {
  component: "sit_model",
  async run(file) {
    const at = await setup(file);
    const { config, table, params } = at;
    const feeds = { x: file.get("in/x"), t: file.get("in/t"), label: file.get("in/y") };
    const results: Record<string, NDArray> = { "out/forward": forward(at, feeds) };
    const layers = compute({ feeds, params }, ({ x, t, label }, p) => {
      const tokens = patchEmbed(p, "x_embedder", x, config.patchSize).add(param(p, "pos_embed"));
      const embedded = timestepEmbedding(p, "t_embedder", t);
      return {
        t_freq: timestepFrequencies(t),
        t_embed: embedded,
        x_tokens: tokens,
        block0: sitBlock(p, "blocks.0", { h: tokens, e: embedded.add(table.snippet(p, { label })), config }),
      };
    });
    for (const [name, value] of Object.entries(layers)) if (file.shapes[`out/${name}`]) results[`out/${name}`] = value;
    if (file.shapes["out/forward_with_cfg"]) results["out/forward_with_cfg"] = await guided(file, at);
    for (const name of file.names.filter((name) => name.startsWith("out/ode_euler")))
      results[name] = await trajectory(file, at, file.shapes[name]?.[0] ?? 0);
    return results;
  },
  tolerance: () => ({ atol: 1e-5 }),
};
