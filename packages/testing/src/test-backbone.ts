import type { Backbone, Params } from "@gmem/spec";
import {
  array,
  avalsOf,
  evaluate,
  f32,
  type Graph,
  grad,
  key,
  type NDArray,
  sameShape,
  sum,
  trace,
} from "@gmem/tensor";
import { expect } from "vitest";
import "./allclose.ts";
import { type SuiteOptions, suite } from "./suite.ts";

export interface BackboneOptions extends SuiteOptions {
  /** The network gives exactly 0 before training, as zeroed adaLN and output layers make it. */
  readonly zeroInit?: boolean;
}

interface Inputs {
  readonly x: NDArray<"f32">;
  readonly t: NDArray<"f32">;
  readonly c: NDArray<"f32">;
}

/** One sample for each time, drawn by its index. */
function inputs({ latent, hiddenSize }: Backbone, times: readonly number[], first = 0): Inputs {
  const draw = (what: string, shape: readonly number[]): number[] =>
    times.flatMap((_, i) => [
      ...key(5)
        .split(what)
        .split(first + i)
        .normal(shape).data,
    ]);
  return {
    x: array(draw("x", latent), [times.length, ...latent]),
    t: array(times),
    c: array(draw("c", [hiddenSize]), [times.length, hiddenSize]),
  };
}

function forward(backbone: Backbone, p: Params<NDArray>, given: Inputs): NDArray {
  const n = given.t.data.length;
  const graph = trace(
    { feeds: { x: f32(n, ...backbone.latent), t: f32(n), c: f32(n, backbone.hiddenSize) }, state: avalsOf(p) },
    ({ feeds: { x, t, c }, state }) => ({ fetches: { output: backbone.apply(state, x, t, c).output } }),
  );
  return evaluate(graph, { ...given }, p).fetches.output as NDArray;
}

/** Parameters as training leaves them: no entry is zero. */
function trained(backbone: Backbone): Params<NDArray> {
  const rng = key(9);
  return Object.fromEntries(
    Object.entries(backbone.init(key(1))).map(([name, x]) => {
      if (backbone.frozen.includes(name)) return [name, x];
      const noise = rng.split(name).normal(x.shape).data;
      return [
        name,
        array(
          Float32Array.from(x.data, (value, i) => value + 0.1 * (noise[i] as number)),
          x.shape,
        ),
      ];
    }),
  );
}

function gradientGraph(backbone: Backbone, p: Params<NDArray>, n: number): Graph {
  return trace(
    {
      feeds: {
        x: f32(n, ...backbone.latent),
        t: f32(n),
        c: f32(n, backbone.hiddenSize),
        weight: f32(n, ...backbone.latent),
      },
      state: avalsOf(p),
    },
    ({ feeds: { x, t, c, weight }, state }) => {
      const loss = sum(backbone.apply(state, x, t, c).output.mul(weight));
      return { fetches: grad(loss, { ...state, "input x": x, "input c": c }) };
    },
  );
}

/**
 * What every backbone does. Use a tiny configuration: the reference interpreter runs it.
 * @example
 * // no-run
 * import type { Backbone } from "@gmem/spec";
 * declare const tiny: () => Backbone;
 * testBackbone("mine", tiny, { zeroInit: true });
 */
export function testBackbone(name: string, factory: () => Backbone, options: BackboneOptions = {}): void {
  suite(`backbone ${name}`, options, (claim) => {
    claim("init gives the same float32 parameters for the same key, of the same shapes for any", () => {
      const backbone = factory();
      const p = backbone.init(key(1));
      expect(factory().init(key(1))).toEqual(p);
      expect(avalsOf(backbone.init(key(2)))).toEqual(avalsOf(p));
      expect(Object.entries(backbone.avals?.() ?? avalsOf(p))).toEqual(Object.entries(avalsOf(p)));
      for (const [at, { dtype, shape, data }] of Object.entries(p)) {
        expect(dtype, at).toBe("f32");
        expect(data.length, at).toBe(shape.reduce((size, n) => size * n, 1));
        expect(data.every(Number.isFinite), `${at} is finite`).toBe(true);
      }
    });

    claim("frozen names tables that init makes, the same for any key", () => {
      const backbone = factory();
      const [p, q] = [backbone.init(key(1)), backbone.init(key(2))];
      for (const at of backbone.frozen) {
        expect(Object.keys(p)).toContain(at);
        expect(q[at]).toEqual(p[at]);
      }
    });

    claim("the configuration is JSON", () => {
      const { config } = factory();
      expect(JSON.parse(JSON.stringify(config))).toEqual(config);
    });

    claim("the output has the shape of x, the tap is [N,T,D]", () => {
      const backbone = factory();
      const p = backbone.init(key(1));
      const n = 3;
      trace(
        { feeds: { x: f32(n, ...backbone.latent), t: f32(n), c: f32(n, backbone.hiddenSize) }, state: avalsOf(p) },
        ({ feeds: { x, t, c }, state }) => {
          const { output, tap } = backbone.apply(state, x, t, c);
          expect(sameShape(output.shape, x.shape), `output [${output.shape}]`).toBe(true);
          if (tap) expect([tap.rank, tap.shape[0]]).toEqual([3, n]);
          return { fetches: { output } };
        },
      );
    });

    if (options.zeroInit)
      claim("gives exactly 0 before training", () => {
        const backbone = factory();
        const output = forward(backbone, backbone.init(key(1)), inputs(backbone, [0.2, 0.8]));
        expect(output.data.every((value) => value === 0)).toBe(true);
      });

    claim("the gradient reaches every trainable parameter, x and c", () => {
      const backbone = factory();
      const p = trained(backbone);
      const given = inputs(backbone, [0.3, 0.7]);
      const weight = key(6).normal(given.x.shape);
      const found = evaluate(gradientGraph(backbone, p, 2), { ...given, weight }, p).fetches;
      const missed = Object.entries(found).filter(
        ([at, { data }]) =>
          !backbone.frozen.includes(at) && !data.some((value) => Number.isFinite(value) && value !== 0),
      );
      expect(missed.map(([at]) => at)).toEqual([]);
    });

    claim("a sample does not depend on the others of its batch", () => {
      const backbone = factory();
      const p = trained(backbone);
      const times = [0, 0.5, 1];
      const together = forward(backbone, p, inputs(backbone, times));
      const size = together.data.length / times.length;
      for (const [i, t] of times.entries())
        expect(forward(backbone, p, inputs(backbone, [t], i)).data).toBeAllclose(
          together.data.subarray(i * size, (i + 1) * size),
          { atol: 1e-5, rtol: 1e-4 },
        );
    });

    claim("the output follows the time and the conditioning", () => {
      const backbone = factory();
      const p = trained(backbone);
      const given = inputs(backbone, [0.4]);
      const output = forward(backbone, p, given);
      expect(forward(backbone, p, { ...given, t: array([0.6]) })).not.toBeAllclose(output);
      expect(forward(backbone, p, { ...given, c: inputs(backbone, [0.4], 1).c })).not.toBeAllclose(output);
    });
  });
}
