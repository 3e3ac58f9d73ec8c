import { sit } from "@gmem/backbones/sit";
import { gvpInterpolant, linearInterpolant, logNormalTime, objective, velocityModel } from "@gmem/model";
import { cfg, euler, eulerMaruyama, type Guidance, guidedVelocity, heun, plan } from "@gmem/samplers";
import type { Interpolant, VelocityModel } from "@gmem/spec";
import { array, constant, full, GMemError, type Named, type NDArray, type Tensor } from "@gmem/tensor";
import { checkTensors } from "@gmem/weights";
import type { ParityCase, ParityFile } from "./case.ts";
import { classTable } from "./class-table.ts";
import { compute } from "./compute.ts";
import { fixedNormal } from "./fixed-normal.ts";
import { measured } from "./measured.ts";
import { type Results, unstack } from "./network.ts";
import { sizes } from "./sizes.ts";

interface Setup {
  readonly model: VelocityModel;
  readonly params: Named<NDArray>;
}

/** REPA's names for paths, in its options `path_type` and `--path-type`. */
const paths: Readonly<Record<string, Interpolant>> = { linear: linearInterpolant, cosine: gvpInterpolant };

function interpolantOf(file: ParityFile, name: string): Interpolant {
  const found = Object.hasOwn(paths, name) ? paths[name] : undefined;
  if (found) return found;
  throw new GMemError("DATA", `${file.name}: paths are ${Object.keys(paths).join(", ")}, got "${name}"`);
}

/** The path of the losses, and of samplers whose sentence names none. */
const pathOf = (file: ParityFile): string =>
  file.metadata.loss_path ?? (file.config.path_type === undefined ? "linear" : String(file.config.path_type));

/** [hidden, width] of each encoder's projector. */
function projectorsOf(file: ParityFile): readonly { readonly hidden: number; readonly width: number }[] {
  const found: { hidden: number; width: number }[] = [];
  const rows = (i: number, layer: 0 | 4): number | undefined => file.shapes[`w/projectors.${i}.${layer}.weight`]?.[0];
  for (let width = rows(0, 4); width !== undefined; width = rows(found.length, 4))
    found.push({ hidden: rows(found.length, 0) ?? 0, width });
  return found;
}

/** The code's null class is 1000, in a table that has so many rows. */
const nullClass = (file: ParityFile): number =>
  Math.min(1000, (file.shapes["w/y_embedder.embedding_table.weight"]?.[0] ?? 1) - 1);

function setup(file: ParityFile, path: string): Setup {
  const backbone = sit({
    ...sizes(file),
    qkNorm: file.flag("qk_norm", false),
    tapAfter: file.number("encoder_depth", 8),
  });
  const table = classTable(file, backbone.hiddenSize);
  const model = velocityModel({
    backbone,
    conditioner: table,
    interpolant: interpolantOf(file, path),
    projectors: projectorsOf(file).map((projector, i) => ({ ...projector, at: `projectors.${i}` })),
  });
  const missing = nullClass(file);
  const params = file.part("w/");
  checkTensors(params, model.avals(), file.name);
  return {
    params,
    model: {
      ...model,
      nullCondition: (p, n) =>
        table.snippet(p, { label: constant(array(new Int32Array(n).fill(missing), [n], "i32")) }),
    },
  };
}

/** Squared error and projection loss at given times [N]. */
function losses(file: ParityFile, { model, params }: Setup, t: NDArray): Named<NDArray> {
  const targets = targetsOf(file).map((tokens, i) => [`targets.${i}`, tokens] as const);
  const feeds = { x0: file.get("in/x"), eps: file.get("in/noise"), t, label: file.get("in/y") };
  return compute({ feeds: { ...feeds, ...Object.fromEntries(targets) } as Named<NDArray>, params }, (given, p) => ({
    denoising: objective().loss(model, p, given).perSample,
    ...(targets.length > 0 && { proj: objective({ repa: 1 }).loss(model, p, given).parts.repa as Tensor }),
  }));
}

/** `in/zs0`, `in/zs1` …: tokens of each encoder. */
function targetsOf(file: ParityFile): readonly NDArray[] {
  const found: NDArray[] = [];
  for (let tokens = file.find("in/zs0"); tokens; tokens = file.find(`in/zs${found.length}`)) found.push(tokens);
  return found;
}

/** What the metadata says of a run, as "em6_cfg: 1.8 [0,0.7]". */
const sentenceOf = (file: ParityFile, name: string): string =>
  (file.metadata.sampler_args ?? "").split(";").find((part) => part.trim().startsWith(`${name}:`)) ?? "";

/** Scale and interval of a guided run; the code does not guide for scales up to 1. */
function guidanceOf(file: ParityFile, name: string): Guidance | undefined {
  if (!name.endsWith("_cfg")) return undefined;
  const sentence = sentenceOf(file, name);
  const [, low = "0", high = "1"] = /\[([\d.]+),\s*([\d.]+)\]/.exec(sentence) ?? [];
  const scale = /:\D*([\d.]+)/.exec(sentence)?.[1] ?? file.metadata.cfg_scale;
  if (scale === undefined)
    throw new GMemError("DATA", `${file.name}: sampler_args must give the scale of ${name}, got "${sentence}"`);
  return Number(scale) > 1 ? cfg({ scale: Number(scale), interval: [Number(low), Number(high)] }) : undefined;
}

/** REPA's samplers: both evaluations of a Heun step are guided by the time at its start. */
function sampled(file: ParityFile, name: string): NDArray {
  const { model, params } = setup(file, /\b(linear|cosine)\b/.exec(sentenceOf(file, name))?.[1] ?? pathOf(file));
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

/** SiT with REPA: network, projected tokens, losses at both laws of time, samplers. */
export const repaSit: ParityCase = {
  component: "repa_sit",
  async run(file) {
    const at = setup(file, pathOf(file));
    const { model, params } = at;
    const feeds = { x: file.get("in/x"), t: file.get("in/t"), label: file.get("in/y") };
    const results: Results = {
      ...compute({ feeds, params }, (given, p) => {
        const { velocity, tap } = model.velocity(p, given.x, given.t, model.condition(p, given));
        const tokens = (model.projectors ?? []).map(({ apply }, i) => [`out/zs_tilde${i}`, apply(p, tap as Tensor)]);
        return { "out/forward": velocity, ...(Object.fromEntries(tokens) as Named<Tensor>) };
      }),
    };
    const [uniform, normal] = [file.find("in/t_uniform")?.data, file.find("in/t_lognormal_normal")?.data];
    const lognormal = normal && logNormalTime(model.interpolant).draw(fixedNormal(normal), normal.length);
    for (const [law, times] of Object.entries({ uniform, lognormal }))
      for (const [name, value] of Object.entries(times ? losses(file, at, array(times, [times.length])) : {}))
        results[`out/loss_${law}/${name}`] = value;
    for (const name of file.names.flatMap((name) => /^out\/((?:euler|heun|em)\d+(?:_cfg)?)$/.exec(name)?.[1] ?? []))
      results[`out/${name}`] = sampled(file, name);
    return results;
  },
  tolerance: (file, tensor) => ({ atol: Math.max(1e-5, measured(file, tensor)) }),
};
