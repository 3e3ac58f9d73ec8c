import { type SitConfig, sit, sitBlock } from "@gmem/backbones/sit";
import { dataAtOne, velocityModel } from "@gmem/model";
import { param, patchEmbed, timestepEmbedding, timestepFrequencies } from "@gmem/nn";
import { cfg, euler, guidedVelocity, sampler } from "@gmem/samplers";
import type { Conditioner, VelocityModel } from "@gmem/spec";
import {
  array,
  concat,
  concatRows,
  type Named,
  type NDArray,
  neg,
  referenceEngine,
  slice,
  takeRows,
} from "@gmem/tensor";
import { checkTensors } from "@gmem/weights";
import { blocks } from "./blocks.ts";
import type { ParityCase, ParityFile } from "./case.ts";
import { classTable } from "./class-table.ts";
import { compute, only } from "./compute.ts";
import { measured } from "./measured.ts";
import { mapArray, withChannels } from "./network.ts";
import { sizes } from "./sizes.ts";

interface Setup {
  readonly config: SitConfig;
  readonly table: Conditioner;
  /** The network as it is in canonical time. */
  readonly model: VelocityModel;
  readonly params: Named<NDArray>;
}

function setup(file: ParityFile): Setup {
  const params = file.part("w/");
  const config: SitConfig = {
    ...sizes(file),
    learnSigma: file.flag("learn_sigma", true),
    qkNorm: "blocks.0.attn.q_norm.weight" in params,
  };
  const table = classTable(file, config.hiddenSize);
  const model = velocityModel({ backbone: dataAtOne(sit(config)), conditioner: table });
  checkTensors(params, model.avals(), file.name);
  return { config, table, params, model };
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

/**
 * SiT's `forward_with_cfg`: the first half of x twice, [cond, null]; channels 0…2 guided, the others as they come. Times
 * and classes of both halves are the file's, so that a table without a null row can be guided by another class.
 */
function guided(file: ParityFile, { model, params, table }: Setup): NDArray {
  const times = file.get("in/cfg_t"); // [2N]
  const [x, labels] = [halves(file.get("in/cfg_x"))[0], halves(file.get("in/cfg_y"))] as const;
  const guidance = cfg({ scale: file.number("cfg_scale"), channels: 3 });
  const feeds = { x, t: mapArray(times, (u) => 1 - u), label: labels[0], other: labels[1] };
  return only(
    compute({ feeds, params }, ({ x, t, label, other }, p) => {
      const [n = 0] = x.shape;
      const missing = table.snippet(p, { label: other }); // [N,D]
      const atBoth: VelocityModel = {
        ...model,
        nullCondition: () => missing,
        velocity: (q, both, _, c) => model.velocity(q, both, t, c),
      };
      const c = table.snippet(p, { label }); // [N,D]
      const first = guidedVelocity(atBoth, p, { c, guidance })(x, slice(t, 0, [0, n])); // [N,C,H,W]
      const rest = model.velocity(p, x, slice(t, 0, [n, 2 * n]), missing).velocity; // [N,C,H,W]
      return { out: neg(concat([first, withChannels(rest, first, 3)], 0)) }; // the network's velocity is −v
    }),
  );
}

/** First and second half of the rows. */
function halves(x: NDArray): readonly [NDArray, NDArray] {
  const n = (x.shape[0] ?? 0) / 2;
  const rows = Array.from({ length: n }, (_, i) => i);
  return [
    takeRows(x, rows),
    takeRows(
      x,
      rows.map((i) => i + n),
    ),
  ];
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
    const at = setup(file);
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
        ...blocks(file, { depth: config.depth, h: tokens }, (h, i) =>
          sitBlock(p, `blocks.${i}`, { h, e: embedded.add(table.snippet(p, { label })), config }),
        ),
      };
    });
    for (const [name, value] of Object.entries(layers)) if (file.shapes[`out/${name}`]) results[`out/${name}`] = value;
    if (file.shapes["out/forward_with_cfg"]) results["out/forward_with_cfg"] = guided(file, at);
    for (const name of file.names.filter((name) => name.startsWith("out/ode_euler")))
      results[name] = await trajectory(file, at, file.shapes[name]?.[0] ?? 0);
    return results;
  },
  tolerance: (file, tensor) => ({ atol: Math.max(1e-5, measured(file, tensor)) }),
};
