import { type LossKind, type LossWeight, objective, velocityModel } from "@gmem/model";
import { type DiffusionForm, diffusion, timeRange } from "@gmem/samplers";
import { array, type Named, type NDArray, neg, square, type Tensor } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";
import { distinct, fedConditioner, interpolants, mapArray, metadataNumber, segments, storedOutput } from "./network.ts";

const kinds: readonly LossKind[] = ["velocity", "score", "noise"];
const column = (t: Tensor, like: Tensor): Tensor => t.reshape([...t.shape, ...Array<number>(like.rank - 1).fill(1)]);

/** Path, plan, conversions and diffusions; the file's time is 1 at data, so t = 1 − u and d/du = −d/dt. */
function path(file: ParityFile, name: string): Named<NDArray> {
  const interpolant = interpolants[name];
  if (!interpolant) return {};
  const given = {
    u: file.get("in/t"),
    eps: file.get("in/x0"),
    x0: file.get("in/x1"),
    output: file.get("in/model_out"),
  };
  const norm = Number(file.metadata.norm ?? 1);
  const forms = JSON.parse(file.metadata.forms ?? "[]") as DiffusionForm[];
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
      ...{ alpha: at.alpha, sigma: at.sigma, d_alpha: neg(at.dAlpha), d_sigma: neg(at.dSigma) },
      ...{ d_alpha_alpha_ratio: neg(ratio), mu_t: x, xt: x, ut: neg(dAlpha.mul(x0).add(dSigma.mul(eps))) },
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
  const [, kind, weight] = /^loss_([a-z]+)_([a-z]+)$/.exec(key) as unknown as [string, LossKind, LossWeight];
  const slope = metadataNumber(file.metadata.model, /model_out\s*\+\s*([\d.]+)/) ?? 0;
  const sign = kind === "velocity" ? -1 : 1;
  const backbone = storedOutput(
    mapArray(file.get("in/model_out"), (y) => sign * y),
    sign * slope,
  );
  const interpolant = interpolants[name];
  if (!interpolant) return undefined;
  const model = velocityModel({ backbone, conditioner: fedConditioner(1, "embedding"), interpolant, prediction: kind });
  const feeds = { x0: file.get("in/x1"), eps: file.get("in/x0"), t: mapArray(file.get("in/t"), (u) => 1 - u) };
  const { perSample } = compute({ feeds, params: backbone.init({} as never) }, (given, p) => ({
    perSample: objective({ loss: kind, weight }).loss(model, p, given).perSample,
  }));
  return perSample;
}

/** The values of one loop of `check_interval_rows`: "… > last_step_size(0,0.04) > …" gives 0 and 0.04. */
const loop = (text: string, name: string): readonly string[] =>
  new RegExp(`${name}\\(([^)]*)\\)`)
    .exec(text)?.[1]
    ?.split(",")
    .map((value) => value.trim()) ?? [];

/** Integration ranges of every combination that the metadata's `check_interval_rows` lists, in its order. */
function intervals(file: ParityFile, name: string): NDArray {
  const text = file.metadata.check_interval_rows ?? "";
  const interpolant = { name: name.toLowerCase() };
  const rows = loop(text, "prediction").flatMap((prediction) =>
    loop(text, "sde").flatMap((sde) =>
      loop(text, "last_step_size").flatMap((lastStepSize) =>
        loop(text, "diffusion_form").flatMap((form) =>
          loop(text, "eval").flatMap((sampling) => {
            const safe = prediction === "velocity" ? 0 : 1e-3;
            const epsilon = name === "VP" ? (sampling === "True" ? 1e-3 : 1e-5) : safe;
            const stochastic =
              sde === "True" ? { form: form as DiffusionForm, lastStepSize: Number(lastStepSize) } : {};
            const range = timeRange({ interpolant, prediction: prediction as LossKind, epsilon, ...stochastic });
            return range.map((t) => 1 - t);
          }),
        ),
      ),
    ),
  );
  return array(rows, [rows.length / 2, 2]);
}

/** Paths, conversions, diffusions, losses and ranges of SiT's transport. */
export const sitTransport: ParityCase = {
  component: "sit_transport",
  async run(file) {
    const outputs = file.names.filter((name) => name.startsWith("out/"));
    const results: Record<string, NDArray> = {};
    for (const name of distinct(outputs.map((output) => segments(output)[0] as string))) {
      const computed: Record<string, NDArray> = { ...path(file, name), check_interval: intervals(file, name) };
      for (const output of outputs.filter((output) => output.startsWith(`out/${name}/`))) {
        const key = segments(output)[1] as string;
        const value = key.startsWith("loss_") ? loss(file, name, key) : computed[key];
        if (value) results[output] = value;
      }
    }
    return results;
  },
  tolerance: () => ({ ofMax: 1e-5 }),
};
