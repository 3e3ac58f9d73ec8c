import { fileURLToPath } from "node:url";
import {
  array,
  constant,
  evaluate,
  f32,
  grad,
  mapNamed,
  mean,
  type Named,
  type NDArray,
  prefixed,
  scalar,
  silu,
  square,
  type Tensor,
  trace,
  where,
  withoutPrefix,
} from "@gmem/tensor";
import "@gmem/testing";
import { readSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { ema, emaDecay } from "./ema.ts";
import { type AdamWConfig, adamw, adamwDefaults, adamwScalars } from "./optimizer.ts";

const fixture = fileURLToPath(new URL("../test/fixtures/adamw.a.safetensors", import.meta.url));

interface Step {
  readonly fetches: Named<NDArray>;
  readonly nextState: Named<NDArray>;
}

/** One step on state `weight/…`, `exp_avg/…`, `exp_avg_sq/…`, `ema/…` for a loss on the weights. */
function step(
  state: Named<NDArray>,
  how: { readonly config: AdamWConfig; readonly t: number; readonly ema: number },
  loss: (p: Named<Tensor>) => Tensor,
): Step {
  const { config, t } = how;
  const feeds = { ...adamwScalars(config, { t, lr: config.lr }), rate: array([1 - how.ema], []) };
  const graph = trace({ feeds, state }, ({ feeds, state }) => {
    const params = withoutPrefix("weight/", state);
    const value = loss(params);
    const grads = grad(value, params);
    const moments = { first: withoutPrefix("exp_avg/", state), second: withoutPrefix("exp_avg_sq/", state) };
    const next = adamw(config)({ params, grads, ...moments, scalars: feeds, guard: value });
    const clipped = mapNamed(grads, (g) => g.mul(next.clip));
    return {
      fetches: {
        loss: value,
        total_norm: next.norm,
        ...prefixed("grad/", grads),
        ...prefixed("grad_clipped/", clipped),
      },
      nextState: {
        ...prefixed("weight/", next.params),
        ...prefixed("exp_avg/", next.first),
        ...prefixed("exp_avg_sq/", next.second),
        ...prefixed(
          "ema/",
          ema(withoutPrefix("ema/", state), { params: next.params, rate: where(next.finite, feeds.rate, scalar(0)) }),
        ),
      },
    };
  });
  return evaluate(graph, feeds, state);
}

const start = (weights: Named<NDArray>): Named<NDArray> => {
  const zero = mapNamed(weights, ({ shape, data }) => array(new Float32Array(data.length), shape));
  return {
    ...prefixed("weight/", weights),
    ...prefixed("ema/", weights),
    ...prefixed("exp_avg/", zero),
    ...prefixed("exp_avg_sq/", zero),
  };
};

describe("AdamW", () => {
  it("agrees with torch.optim.AdamW, clip_grad_norm_ and the average over five steps of an MLP", async () => {
    const { tensors } = await readSafetensors(fixture);
    const config = { ...adamwDefaults, lr: 0.002, betas: [0.9, 0.95] } as const;
    const at = (name: string): NDArray => tensors[name] as NDArray;
    const batch = (name: string, k: number): NDArray => {
      const [, ...shape] = at(name).shape;
      const size = shape.reduce((product, n) => product * n, 1);
      return array(at(name).data.slice(k * size, (k + 1) * size), shape);
    };
    let state = start(withoutPrefix("init/", tensors));
    for (let k = 0; k < 5; k++) {
      const found: Step = stepOnBatch(
        state,
        { x: batch("in/x", k), y: batch("in/y", k) },
        { config, t: k + 1, ema: 0.9 },
      );
      const all: Named<NDArray> = { ...found.fetches, ...found.nextState };
      const expected = withoutPrefix(`step${k}/`, tensors);
      expect(Object.keys(all).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, value] of Object.entries(expected))
        expect(all[name], `step${k}/${name}`).toBeAllclose(value, { atol: 2e-6 });
      state = found.nextState;
    }
  });

  it("moves each weight by the learning rate in its first step, whatever the gradient", () => {
    const config = { ...adamwDefaults, lr: 0.1, clip: null };
    const { nextState } = step(start({ w: array([1, -2, 3]) }), { config, t: 1, ema: 0 }, ({ w }) =>
      mean(square(w as Tensor)),
    );
    expect(nextState["weight/w"]).toBeAllclose([0.9, -1.9, 2.9], { atol: 1e-6 });
    expect(nextState["ema/w"]).toBeAllclose([0.9, -1.9, 2.9], { atol: 1e-6 });
  });

  it("decays weights before it moves them", () => {
    const config = { ...adamwDefaults, lr: 0.1, weightDecay: 0.5, clip: null };
    const { nextState } = step(start({ w: array([1, -2]) }), { config, t: 1, ema: 0 }, ({ w }) =>
      mean(square(w as Tensor)),
    );
    expect(nextState["weight/w"]).toBeAllclose([0.95 - 0.1, -1.9 + 0.1], { atol: 1e-6 });
  });

  it("scales gradients to the norm asked for, and only down", () => {
    const norm = (clip: number): number => {
      const config = { ...adamwDefaults, clip };
      const { fetches } = step(start({ w: array([3, 4]) }), { config, t: 1, ema: 0 }, ({ w }) =>
        mean(square(w as Tensor)),
      );
      return Math.hypot(...(fetches["grad_clipped/w"] as NDArray).data);
    };
    expect(norm(1)).toBeCloseTo(1, 5);
    expect(norm(100)).toBeCloseTo(5, 5);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("changes nothing, to the bit, when a gradient is %s", (bad) => {
    const config = { ...adamwDefaults, weightDecay: 0.1 };
    const trained = step(start({ w: array([1, -2]), b: array([0.5]) }), { config, t: 1, ema: 0.5 }, ({ w, b }) =>
      mean(square(w as Tensor)).add(mean(square(b as Tensor))),
    ).nextState;
    const { nextState } = step(trained, { config, t: 2, ema: 0.5 }, ({ w, b }) =>
      mean((w as Tensor).mul(bad)).add(mean(b as Tensor)),
    );
    expect(nextState).toEqual(trained);
  });
});

describe("the average of the parameters", () => {
  it("after k steps of a constant parameter has closed the gap to decay^k", () => {
    const feeds = { p: f32(), rate: f32() };
    const graph = trace({ feeds, state: { e: f32() } }, ({ feeds, state }) => ({
      fetches: {},
      nextState: ema(state, { params: { e: feeds.p }, rate: feeds.rate }),
    }));
    let state: Named<NDArray> = { e: array([0], []) };
    for (let k = 0; k < 20; k++)
      state = evaluate(graph, { p: array([1], []), rate: array([0.1], []) }, state).nextState;
    expect(state.e?.data[0]).toBeCloseTo(1 - 0.9 ** 20, 6);
  });
  it("remembers little at first when it warms up", () => {
    const config = { decay: 0.999, warmup: true };
    expect([0, 8, 1e6].map((n) => emaDecay(config, n))).toEqual([0.1, 0.5, 0.999]);
    expect(emaDecay({ decay: 0.9999, warmup: false }, 0)).toBe(0.9999);
  });
});

/** The fixture's network: Linear, SiLU, Linear, and the mean squared error. */
function stepOnBatch(
  state: Named<NDArray>,
  batch: { readonly x: NDArray; readonly y: NDArray },
  how: { readonly config: AdamWConfig; readonly t: number; readonly ema: number },
): Step {
  return step(state, how, (p) => {
    const layer = (at: number, h: Tensor): Tensor =>
      h.matmul(p[`${at}.weight`] as Tensor, { transposeB: true }).add(p[`${at}.bias`] as Tensor);
    const [x, y] = [constant(batch.x), constant(batch.y)];
    return mean(square(layer(2, silu(layer(0, x))).sub(y)));
  });
}
