import { linear } from "@gmem/nn";
import {
  array,
  evaluate,
  exp,
  GMemError,
  gelu,
  geluErf,
  mapNamed,
  mean,
  type Named,
  type NDArray,
  neg,
  prefixed,
  relu,
  sigmoid,
  silu,
  square,
  type Tensor,
  takeRows,
  tanh,
  trace,
  valueAndGrad,
  withoutPrefix,
  zeros,
} from "@gmem/tensor";
import { adamw, adamwScalars, ema } from "@gmem/trainer";
import type { ParityCase, ParityFile } from "./case.ts";

/** By the names of torch.nn.functional, whose gelu is the exact one. */
const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  silu,
  relu,
  tanh,
  gelu: geluErf,
  gelu_tanh: gelu,
  sigmoid,
  identity: (x) => x,
  elu: (x) =>
    relu(x)
      .add(exp(neg(relu(neg(x)))))
      .sub(1),
  leaky_relu: (x) => relu(x).sub(relu(neg(x)).mul(0.01)),
};
function activationOf(file: ParityFile): (x: Tensor) => Tensor {
  const name = String(file.config.act);
  const found = Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (found) return found;
  const known = Object.keys(activations).join(", ");
  throw new GMemError("DATA", `${file.name}: the config's act must be one of ${known}, got "${name}"`);
}

function settingsOf(file: ParityFile): Parameters<typeof adamw>[0] & { readonly lr: number } {
  const { betas, max_grad_norm: clip } = file.config;
  const [beta1, beta2] = Array.isArray(betas) ? (betas as readonly unknown[]) : [];
  if (typeof beta1 !== "number" || typeof beta2 !== "number")
    throw new GMemError("DATA", `${file.name}: the config's betas must be two numbers, got ${JSON.stringify(betas)}`);
  return {
    lr: file.number("lr"),
    betas: [beta1, beta2],
    epsilon: file.number("eps"),
    weightDecay: file.number("weight_decay"),
    clip: clip === undefined || clip === null ? null : file.number("max_grad_norm"),
  };
}

/** `steps` times: gradient of an MLP's mean squared error → clip → AdamW → EMA, as one traced step. */
function runSteps(file: ParityFile): Named<NDArray> {
  const settings = settingsOf(file);
  const [lr, decay] = [settings.lr, file.number("ema")];
  const initial = file.part("init/");
  const x = file.get("in/x"); // [steps,N,in]
  const y = file.get("in/y"); // [steps,N,out]
  const activation = activationOf(file);
  const layers = [...new Set(Object.keys(initial).map((name) => name.split(".")[0] as string))].sort(
    (a, b) => Number(a) - Number(b),
  );
  const network = (p: Named<Tensor>, input: Tensor): Tensor =>
    layers.reduce((h, at, i) => (i < layers.length - 1 ? activation(linear(p, at, h)) : linear(p, at, h)), input);
  const update = adamw(settings);
  let state: Named<NDArray> = {
    ...prefixed("p/", initial),
    ...prefixed(
      "m/",
      mapNamed(initial, ({ shape }) => zeros(shape)),
    ),
    ...prefixed(
      "v/",
      mapNamed(initial, ({ shape }) => zeros(shape)),
    ),
    ...prefixed("e/", initial),
  };
  const results: Record<string, NDArray> = {};
  for (let step = 0; step < (x.shape[0] ?? 0); step++) {
    const feeds: Named<NDArray> = {
      x: array(takeRows(x, [step]).data, x.shape.slice(1)),
      y: array(takeRows(y, [step]).data, y.shape.slice(1)),
      rate: array([1 - decay], []),
      ...adamwScalars(settings, { t: step + 1, lr }),
    };
    const graph = trace({ feeds, state }, ({ feeds: f, state: s }) => {
      const params = withoutPrefix("p/", s);
      const loss = (p: Named<Tensor>): Tensor => mean(square(network(p, f.x as Tensor).sub(f.y as Tensor)));
      const [value, grads] = valueAndGrad(loss, params);
      const [lr, correction1, correction2] = [f.lr, f.correction1, f.correction2] as [Tensor, Tensor, Tensor];
      const scalars = { lr, correction1, correction2 };
      const next = update({ params, grads, first: withoutPrefix("m/", s), second: withoutPrefix("v/", s), scalars });
      const averaged = ema(withoutPrefix("e/", s), { params: next.params, rate: f.rate as Tensor });
      return {
        fetches: {
          loss: value,
          total_norm: next.norm,
          ...prefixed("grad/", grads),
          ...prefixed(
            "grad_clipped/",
            mapNamed(grads, (g) => g.mul(next.clip)),
          ),
        },
        nextState: {
          ...prefixed("p/", next.params),
          ...prefixed("m/", next.first),
          ...prefixed("v/", next.second),
          ...prefixed("e/", averaged),
        },
      };
    });
    const out = evaluate(graph, feeds, state);
    state = out.nextState;
    const names = { "p/": "weight/", "m/": "exp_avg/", "v/": "exp_avg_sq/", "e/": "ema/" };
    const stored = Object.entries(names).flatMap(([from, to]) =>
      Object.entries(prefixed(to, withoutPrefix(from, state))),
    );
    for (const [name, value] of [...Object.entries(out.fetches), ...stored]) results[`step${step}/${name}`] = value;
  }
  return results;
}

/** AdamW with global-norm clipping and EMA against torch.optim. */
export const adamwCase: ParityCase = {
  component: "adamw",
  expected: (name) => /^step\d+\//.test(name),
  run: async (file) => runSteps(file),
  tolerance(file, tensor) {
    const { data } = file.get(tensor);
    // above 1, float32 has no more digits than that
    return { atol: 2e-6, extra: (index) => 2e-6 * Math.max(0, Math.abs(data[index] as number) - 1) };
  },
};
