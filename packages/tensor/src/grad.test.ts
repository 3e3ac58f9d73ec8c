import { expect, it } from "vitest";
import { array, evaluate, f32, grad, sigmoid, simplify, sum, type Tensor, trace, vjp } from "./index.ts";

const silu = (x: Tensor): Tensor => x.mul(sigmoid(x));
const x = array([0.5, -1, 2]);

it("sends gradients of what is computed twice on once", () => {
  const step = (first: (x: Tensor) => Tensor, second: (x: Tensor) => Tensor) =>
    trace({ feeds: { x: f32(3) } }, ({ feeds }) => {
      const loss = sum(first(feeds.x).mul(2)).add(sum(second(feeds.x).mul(first(feeds.x))));
      return { fetches: grad(loss, { x: feeds.x }) };
    });
  const twice = step(silu, silu);
  const once = trace({ feeds: { x: f32(3) } }, ({ feeds }) => {
    const y = silu(feeds.x);
    return { fetches: grad(sum(y.mul(2)).add(sum(y.mul(y))), { x: feeds.x }) };
  });
  expect(simplify(twice).nodes.length).toBe(simplify(once).nodes.length);
  expect(evaluate(twice, { x }).fetches.x?.data).toEqual(evaluate(once, { x }).fetches.x?.data);
});

it("keeps the gradients of two equal tensors apart when either is asked for", () => {
  const graph = trace({ feeds: { x: f32(3) } }, ({ feeds }) => {
    const [a, b, c] = [feeds.x.mul(3), feeds.x.mul(3), feeds.x.mul(3)];
    const loss = sum(a.mul(1))
      .add(sum(b.mul(10)))
      .add(sum(c.mul(100)));
    const [da, db] = vjp([loss], [sum(loss.mul(0)).add(1)], [a, b]) as [Tensor, Tensor];
    return { fetches: { da, db } };
  });
  const { da, db } = evaluate(graph, { x }).fetches;
  expect([...(da?.data ?? [])]).toEqual([1, 1, 1]);
  expect([...(db?.data ?? [])]).toEqual([10, 10, 10]);
});
