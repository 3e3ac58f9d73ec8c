import { type SitConfig, sit, sitBlock } from "@gmem/backbones/sit";
import { conditioner } from "@gmem/class-table";
import { logitNormalTime, objective, repaHead, repaLoss, velocityModel } from "@gmem/model";
import { param, patchEmbed, timestepEmbedding } from "@gmem/nn";
import { cfg, euler, eulerMaruyama, guidedVelocity, heun, plan } from "@gmem/samplers";
import type { Conditioner, VelocityModel } from "@gmem/spec";
import { array, full, mean, type Named, type NDArray, type Rng, type Tensor } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";
import { measured } from "./measured.ts";
import { type Results, unstack } from "./network.ts";
import { sizes } from "./sizes.ts";

interface Setup {
  readonly config: SitConfig;
  readonly table: Conditioner;
  readonly model: VelocityModel;
  readonly params: Named<NDArray>;
}

function setup(file: ParityFile): Setup {
  const params = file.part("w/");
  const config: SitConfig = {
    ...sizes(file),
    qkNorm: Boolean(file.config.qk_norm),
  };
  const table = conditioner({
    classes: file.number("num_classes"),
    hiddenSize: config.hiddenSize,
    dropProbability: 0.1,
  });
  return { config, table, params, model: velocityModel({ backbone: sit(config), conditioner: table }) };
}

/** Tokens after `encoder_depth` blocks through the REPA head: [N,T,d]. REPA's time is canonical. */
function projected(file: ParityFile, { config, table }: Setup, p: Named<Tensor>, at: Named<Tensor>): Tensor {
  const { x, t, label } = at as Record<"x" | "t" | "label", Tensor>;
  const [hidden, to] = ["0", "4"].map((i) => file.shapes[`w/projectors.0.${i}.weight`]?.[0]) as [number, number];
  const head = repaHead({ from: config.hiddenSize, hidden, to, at: "projectors.0" });
  const e = timestepEmbedding(p, "t_embedder", t).add(table.snippet(p, { label })); // [N,D]
  let h = patchEmbed(p, "x_embedder", x, config.patchSize).add(param(p, "pos_embed")); // [N,T,D]
  for (let i = 0; i < file.number("encoder_depth"); i++) h = sitBlock(p, `blocks.${i}`, { h, e, config });
  return head.apply(p, h);
}

/** Squared error and projection loss at given times [N]. */
function losses(file: ParityFile, at: Setup, t: NDArray): Named<NDArray> {
  const feeds = { x0: file.get("in/x"), eps: file.get("in/noise"), t, label: file.get("in/y") };
  return compute({ feeds: { ...feeds, target: file.get("in/zs0") }, params: at.params }, (given, p) => {
    const { alpha, sigma } = at.model.interpolant.at(given.t.reshape([-1, 1, 1, 1])); // 2 × [N,1,1,1]
    const x = alpha.mul(given.x0).add(sigma.mul(given.eps)); // [N,C,H,W]
    return {
      denoising: objective().loss(at.model, p, given).perSample,
      proj: mean(repaLoss(projected(file, at, p, { ...given, x }), given.target)),
    };
  });
}

/** Scale and interval of a guided run, "em6_cfg: 1.8 [0,0.7]" in the metadata. */
function guidanceOf(file: ParityFile, name: string) {
  if (!name.endsWith("_cfg")) return undefined;
  const sentence =
    (file.metadata.sampler_args ?? "").split(";").find((part) => part.trim().startsWith(`${name}:`)) ?? "";
  const [, low = "0", high = "1"] = /\[([\d.]+),\s*([\d.]+)\]/.exec(sentence) ?? [];
  const scale = Number(/:\D*([\d.]+)/.exec(sentence)?.[1]);
  return cfg({ scale, interval: [Number(low), Number(high)] });
}

/** REPA's samplers: both evaluations of a Heun step are guided by the time at its start. */
function sampled(file: ParityFile, at: Setup, name: string): NDArray {
  const { model, params } = at;
  const steps = Number(/\d+/.exec(name)?.[0]);
  const stochastic = name.startsWith("em");
  const solver = stochastic
    ? eulerMaruyama({ interpolant: model.interpolant, form: "linear" })
    : name.startsWith("heun")
      ? heun
      : euler;
  const guidance = guidanceOf(file, name);
  const draws = stochastic ? file.get(`noise/em${steps}`) : undefined;
  let x = file.get("in/latents"); // where the samplers start
  const [n = 1] = x.shape;
  plan(solver, model, { steps, guidance }).forEach((step, i) => {
    const eps = draws && i < steps - 1 ? unstack(draws, i) : x;
    const feeds = { x, eps, t: full([n], step.t), tNext: full([n], step.tNext), label: file.get("in/y") };
    const found = compute({ feeds, params }, (given, p) => {
      const c = model.condition(p, given); // [N,D]
      const v = guidedVelocity(model, p, { c, guidance: step.guided[0] ? guidance : undefined });
      return { x: step.solver.step(v, given) };
    });
    x = found.x as NDArray;
  });
  return x;
}

/** A key whose normal numbers are given. */
const fixedNormal = (values: ArrayLike<number>): Rng => ({
  ...({} as Rng),
  normal: (shape) => array(values, shape),
});

/** SiT with REPA: network, projected tokens, losses at both laws of time, samplers. */
export const repaSit: ParityCase = {
  component: "repa_sit",
  async run(file) {
    const at = setup(file);
    const feeds = { x: file.get("in/x"), t: file.get("in/t"), label: file.get("in/y") };
    const { forward, tokens } = compute({ feeds, params: at.params }, (given, p) => ({
      forward: at.model.velocity(p, given.x, given.t, at.model.condition(p, given)).velocity,
      tokens: projected(file, at, p, given),
    })) as Record<"forward" | "tokens", NDArray>;
    const results: Results = { "out/forward": forward, "out/zs_tilde0": tokens };
    const uniform = file.get("in/t_uniform").data;
    const normal = file.get("in/t_lognormal_normal").data;
    const laws = { uniform, lognormal: logitNormalTime().draw(fixedNormal(normal), normal.length) };
    for (const [law, times] of Object.entries(laws))
      for (const [name, value] of Object.entries(losses(file, at, array(times, [times.length]))))
        results[`out/loss_${law}/${name}`] = value;
    for (const name of file.names.flatMap((name) => /^out\/((?:euler|heun|em)\d+(?:_cfg)?)$/.exec(name)?.[1] ?? []))
      results[`out/${name}`] = sampled(file, at, name);
    return results;
  },
  tolerance: (file, tensor) => ({ atol: Math.max(1e-5, measured(file, tensor)) }),
};
