import {
  array,
  cos,
  evaluate,
  f32,
  type Graph,
  key,
  mapNamed,
  perSample,
  reciprocal,
  sqrt,
  type Tensor,
  trace,
} from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { rowProgram } from "./row-program.ts";

const latent = f32(1, 3, 4, 5);
type Maths = (x: Tensor, y: Tensor, t: Tensor) => Tensor;

const graphOf = (maths: Maths): Graph =>
  trace({ feeds: { x: latent, y: latent, t: f32(1) } }, ({ feeds: { x, y, t } }) => ({
    fetches: { out: maths(x, y, perSample(t, 4)), t },
  }));

const feeds = {
  x: key(1).normal(latent.shape).data,
  y: key(2).normal(latent.shape).data,
  t: Float32Array.of(0.3),
};

const cases: Readonly<Record<string, Maths>> = {
  "a step of Heun": (x, y, t) => x.add(x.add(y).mul(t.mul(0.5))),
  "quotients and roots": (x, y, t) => x.div(y).sub(y.mul(reciprocal(sqrt(t.mul(t).add(0.1))))),
  "what has no loop of its own": (x, y, t) => x.mul(cos(y)).add(t),
  "a feed as it is": (x) => x,
};

describe("a program of rows", () => {
  it.each(Object.entries(cases))("has the bits of the reference, rounded: %s", (_, maths) => {
    const graph = graphOf(maths);
    const arrays = mapNamed(feeds, (data, name) => array(data, graph.feeds[name]?.shape));
    const { fetches } = evaluate(graph, arrays, {}, { rounded: true });
    const program = rowProgram(graph);
    const first = program(feeds);
    const kept = first.out?.slice();
    expect(first.out).toEqual(fetches.out?.data);
    expect(first.t).toEqual(feeds.t);
    program({ ...feeds, x: feeds.y });
    expect(first.out).toEqual(kept); // another run writes elsewhere
  });
});
