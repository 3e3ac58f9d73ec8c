import type { Backbone, ContextBackbone, ContextTokens, Params } from "@gmem/spec";
import {
  array,
  avalsOf,
  evaluate,
  type Graph,
  grad,
  key,
  type Named,
  type NDArray,
  sameShape,
  sum,
  type Tensor,
  trace,
} from "@gmem/tensor";
import { expect } from "vitest";
import "./allclose.ts";
import { type SuiteOptions, suite } from "./suite.ts";

export interface BackboneOptions extends SuiteOptions {
  /** The network gives exactly 0 before training, as zeroed adaLN and output layers make it. */
  readonly zeroInit?: boolean;
}

/** x, t and c, and tokens and mask for a backbone with cross-attention. */
type Inputs = { readonly x: NDArray<"f32">; readonly t: NDArray<"f32">; readonly c: NDArray<"f32"> } & Named<
  NDArray<"f32">
>;

const readsContext = (backbone: Backbone): backbone is ContextBackbone => "contextDim" in backbone;

/** Tokens a sample; the last is padding. */
const length = 3;

/** The traced inputs of a backbone. */
const called = (backbone: Backbone, p: Params, feeds: Named<Tensor>): ReturnType<Backbone["apply"]> => {
  const { x, t, c, tokens, mask } = feeds as Record<"x" | "t" | "c", Tensor> & Partial<ContextTokens>;
  return backbone.apply(p, x, t, c, tokens && mask && { tokens, mask });
};

/** One sample for each time, drawn by its index. */
function inputs(backbone: Backbone, times: readonly number[], first = 0): Inputs {
  const { latent, hiddenSize } = backbone;
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
    ...(readsContext(backbone) && {
      tokens: array(draw("tokens", [length, backbone.contextDim]), [times.length, length, backbone.contextDim]),
      mask: array(
        times.flatMap(() => [1, 1, 0]),
        [times.length, length],
      ),
    }),
  };
}

function forward(backbone: Backbone, p: Params<NDArray>, given: Inputs): NDArray {
  const graph = trace({ feeds: avalsOf(given), state: avalsOf(p) }, ({ feeds, state }) => ({
    fetches: { output: called(backbone, state, feeds).output },
  }));
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

function gradientGraph(backbone: Backbone, p: Params<NDArray>, given: Named<NDArray>): Graph {
  return trace({ feeds: avalsOf(given), state: avalsOf(p) }, ({ feeds, state }) => {
    const { x, c, weight, tokens } = feeds as Record<"x" | "c" | "weight", Tensor> & { readonly tokens?: Tensor };
    const loss = sum(called(backbone, state, feeds).output.mul(weight));
    return { fetches: grad(loss, { ...state, "input x": x, "input c": c, ...(tokens && { "input tokens": tokens }) }) };
  });
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
      const given = inputs(backbone, [0.1, 0.2, 0.3]);
      trace({ feeds: avalsOf(given), state: avalsOf(p) }, ({ feeds, state }) => {
        const { output, tap } = called(backbone, state, feeds);
        expect(sameShape(output.shape, given.x.shape), `output [${output.shape}]`).toBe(true);
        if (tap) expect([tap.rank, tap.shape[0]]).toEqual([3, 3]);
        return { fetches: { output } };
      });
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
      const feeds = { ...given, weight };
      const found = evaluate(gradientGraph(backbone, p, feeds), feeds, p).fetches;
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

    claim("context tokens are read, and padding is not", () => {
      const backbone = factory();
      if (!readsContext(backbone)) return;
      const p = trained(backbone);
      const given = inputs(backbone, [0.4]);
      const output = forward(backbone, p, given);
      const changed = (token: number): NDArray<"f32"> => {
        const tokens = given.tokens as NDArray<"f32">;
        const own = (i: number): boolean => Math.floor(i / backbone.contextDim) === token;
        return { ...tokens, data: tokens.data.map((value, i) => (own(i) ? value + 1 : value)) };
      };
      expect(forward(backbone, p, { ...given, tokens: changed(0) })).not.toBeAllclose(output);
      expect(forward(backbone, p, { ...given, tokens: changed(length - 1) })).toEqual(output);
    });
  });
}
