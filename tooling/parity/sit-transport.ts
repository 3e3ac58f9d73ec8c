import { type LossKind, type LossWeight, objective, velocityModel } from "@gmem/model";
import { type DiffusionForm, diffusion, timeRange } from "@gmem/samplers";
import { array, GMemError, type Named, type NDArray, neg, square, type Tensor } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";
import { measured } from "./measured.ts";
import { distinct, fedConditioner, inputSlope, interpolantOf, mapArray, segments, storedOutput } from "./network.ts";

const kinds: readonly LossKind[] = ["velocity", "score", "noise"];
const column = (t: Tensor, like: Tensor): Tensor => t.reshape([...t.shape, ...Array<number>(like.rank - 1).fill(1)]);

/** Path, plan, conversions and diffusions; the file's time is 1 at data, so t = 1 − u and d/du = −d/dt. */
function path(file: ParityFile, name: string): Named<NDArray> {
  const interpolant = interpolantOf(name);
  const given = {
    u: file.get("in/t"),
    eps: file.get("in/x0"),
    x0: file.get("in/x1"),
    output: file.get("in/model_out"),
  };
  const norm = file.number("norm", 1);
  const forms = file.names.flatMap((key) => {
    const form = key.startsWith(`out/${name}/diffusion_`) ? key.slice(`out/${name}/diffusion_`.length) : undefined;
    return form === undefined ? [] : [form as DiffusionForm];
  });
  return compute({ feeds: given }, ({ u, eps, x0, output }) => {
    const t = neg(u).add(1);
    const at = interpolant.at(t);
    const [alpha, sigma, dAlpha, dSigma] = [at.alpha, at.sigma, at.dAlpha, at.dSigma].map((k) => column(k, x0)) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const x = alpha.mul(x0).add(sigma.mul(eps));
    const convert = (value: Tensor, from: LossKind, to: LossKind): Tensor =>
      interpolant.convert(value, { from, to, x, t });
    const toVelocity = (from: LossKind): Tensor =>
      from === "velocity" ? output : neg(convert(output, from, "velocity"));
    const asNetwork = (kind: LossKind): Tensor => (kind === "velocity" ? neg(output) : output);
    const ratio = at.dAlpha.div(at.alpha);
    const half = (form: DiffusionForm): Tensor => diffusion(t, { interpolant, form, norm }).mul(0.5);
    return {
      alpha: at.alpha,
      sigma: at.sigma,
      d_alpha: neg(at.dAlpha),
      d_sigma: neg(at.dSigma),
      d_alpha_alpha_ratio: neg(ratio),
      mu_t: x,
      xt: x,
      ut: neg(dAlpha.mul(x0).add(dSigma.mul(eps))),
      drift_mean: column(ratio, x0).mul(x),
      drift_var: at.sigma.mul(at.dSigma).sub(square(at.sigma).mul(ratio)),
      score_from_velocity: convert(neg(output), "velocity", "score"),
      noise_from_velocity: convert(neg(output), "velocity", "noise"),
      velocity_from_score: toVelocity("score"),
      ...Object.fromEntries(forms.map((form) => [`diffusion_${form}`, half(form)])),
      ...Object.fromEntries(kinds.map((kind) => [`ode_drift_${kind}`, toVelocity(kind)])),
      ...Object.fromEntries(kinds.map((kind) => [`score_${kind}`, convert(asNetwork(kind), kind, "score")])),
    };
  });
}

/** The training losses of each sample, through the objective: the network's velocity points the other way. */
function loss(file: ParityFile, name: string, key: string): NDArray | undefined {
  const [, kind, weight] = (/^loss_(velocity|score|noise)_(none|velocity|likelihood)$/.exec(key) ?? []) as readonly [
    string?,
    LossKind?,
    LossWeight?,
  ];
  if (!kind || !weight) return undefined;
  const slope = inputSlope(file);
  const sign = kind === "velocity" ? -1 : 1;
  const backbone = storedOutput(
    mapArray(file.get("in/model_out"), (y) => sign * y),
    sign * slope,
  );
  const interpolant = interpolantOf(name);
  const model = velocityModel({ backbone, conditioner: fedConditioner(1, "embedding"), interpolant, prediction: kind });
  const feeds = { x0: file.get("in/x1"), eps: file.get("in/x0"), t: mapArray(file.get("in/t"), (u) => 1 - u) };
  const { perSample } = compute({ feeds, params: backbone.init({} as never) }, (given, p) => ({
    perSample: objective({ loss: kind, weight }).loss(model, p, given).perSample,
  }));
  return perSample;
}

/** Every row of "prediction(velocity,score) > sde(False,True) > …", the last name changing fastest. */
function loops(text: string): readonly Readonly<Record<string, string>>[] {
  const rows: readonly Record<string, string>[] = [{}];
  return [...text.matchAll(/(\w+)\(([^)]*)\)/g)].reduce(
    (all, [, name = "", values = ""]) =>
      all.flatMap((row) => values.split(",").map((value) => ({ ...row, [name]: value.trim() }))),
    rows,
  );
}

/** Where the file asks for it. */
const ranges = (file: ParityFile, name: string): Named<NDArray> =>
  file.shapes[`out/${name}/check_interval`] ? { check_interval: intervals(file, name) } : {};

/** Integration ranges of every combination that the metadata's `check_interval_rows` lists, in its order. */
function intervals(file: ParityFile, name: string): NDArray {
  const interpolant = { name: name.toLowerCase() };
  const listed = file.metadata.check_interval_rows;
  if (listed === undefined)
    throw new GMemError("DATA", `${file.name}: the metadata must list "check_interval_rows", got none`);
  const ends = loops(listed).flatMap((row) => {
    const prediction = (row.prediction ?? "velocity") as LossKind;
    const safe = prediction === "velocity" ? 0 : 1e-3;
    const epsilon = name === "VP" ? (row.eval === "True" ? 1e-3 : 1e-5) : safe;
    const form = (row.diffusion_form ?? "SBDM") as DiffusionForm;
    const stochastic = row.sde === "True" ? { form, lastStepSize: Number(row.last_step_size ?? 0) } : {};
    return timeRange({ interpolant, prediction, epsilon, ...stochastic }).map((t) => 1 - t);
  });
  return array(ends, [ends.length / 2, 2]);
}

/** Paths, conversions, diffusions, losses and ranges of SiT's transport. */
export const sitTransport: ParityCase = {
  component: "sit_transport",
  async run(file) {
    const outputs = file.names.filter((name) => name.startsWith("out/"));
    const results: Record<string, NDArray> = {};
    for (const name of distinct(outputs.map((output) => segments(output)[0] as string))) {
      const computed: Record<string, NDArray> = { ...path(file, name), ...ranges(file, name) };
      for (const output of outputs.filter((output) => output.startsWith(`out/${name}/`))) {
        const key = segments(output)[1] as string;
        const value = key.startsWith("loss_") ? loss(file, name, key) : computed[key];
        if (value) results[output] = value;
      }
    }
    return results;
  },
  tolerance: (file, tensor) => ({ ofMax: Math.max(1e-5, measured(file, tensor, "max_rel")) }),
};
