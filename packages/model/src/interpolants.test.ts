import "@gmem/testing";
import type { Interpolant, Prediction } from "@gmem/spec";
import { array, evaluate, f32, key, type NDArray, trace } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { gvpInterpolant } from "./gvp-interpolant.ts";
import { linearInterpolant } from "./linear-interpolant.ts";
import { vpInterpolant } from "./vp-interpolant.ts";

const paths: readonly Interpolant[] = [linearInterpolant, gvpInterpolant, vpInterpolant];
const predictions: readonly Prediction[] = ["velocity", "score", "noise", "x0"];

it("GVP's α keeps its digits near noise", () => {
  const graph = trace({ feeds: { t: f32(2) } }, ({ feeds }) => ({
    fetches: { alpha: gvpInterpolant.at(feeds.t).alpha },
  }));
  const t = array([0.999, 0.99999]);
  const exact = Array.from(t.data, (u) => Math.sin((Math.PI / 2) * (1 - u)));
  expect(evaluate(graph, { t }).fetches.alpha).toBeAllclose(exact, { atol: 0, rtol: 3e-7 });
});

describe.each(paths.map((path) => [path.name, path] as const))("%s interpolant", (_, path) => {
  const t = array([0.01, 0.5, 0.99]);
  const coefficients = (times: ArrayLike<number>) => {
    const graph = trace({ feeds: { t: f32(times.length) } }, ({ feeds }) => ({ fetches: { ...path.at(feeds.t) } }));
    return evaluate(graph, { t: array(Float64Array.from(times), [times.length], "f64") }, {}, { precision: "f64" })
      .fetches;
  };

  it("has the derivatives of its coefficients", () => {
    const [before, at, after] = [-1e-5, 0, 1e-5].map((h) => coefficients(Array.from(t.data, (u) => u + h)));
    for (const [name, slope] of [["alpha", "dAlpha"] as const, ["sigma", "dSigma"] as const]) {
      const difference = Array.from(
        t.data,
        (_, i) => ((after?.[name]?.data[i] ?? 0) - (before?.[name]?.data[i] ?? 0)) / 2e-5,
      );
      expect(difference).toBeAllclose(at?.[slope]?.data ?? [], { atol: 1e-5, rtol: 1e-5 });
    }
  });

  it.each(predictions.flatMap((from) => predictions.map((to) => [from, to] as const)))(
    "turns %s into %s and agrees with x = αx₀ + σε, v = α̇x₀ + σ̇ε",
    (from, to) => {
      const shape = [3, 2, 2, 1];
      const given = { x0: key(1).normal(shape), eps: key(2).normal(shape), t };
      const avals = { x0: f32(...shape), eps: f32(...shape), t: f32(3) };
      const graph = trace({ feeds: avals }, ({ feeds: { x0, eps, t } }) => {
        const { alpha, sigma, dAlpha, dSigma } = path.at(t.reshape([3, 1, 1, 1]));
        const x = alpha.mul(x0).add(sigma.mul(eps));
        const truth = { x0, noise: eps, velocity: dAlpha.mul(x0).add(dSigma.mul(eps)), score: eps.div(sigma).mul(-1) };
        return { fetches: { got: path.convert(truth[from], { from, to, x, t }), wanted: truth[to] } };
      });
      const { got, wanted } = evaluate(graph, given).fetches;
      expect(got).toBeAllclose(wanted as NDArray, { atol: 1e-5, rtol: 1e-5 });
    },
  );
});
