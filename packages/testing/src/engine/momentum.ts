import { f32, type Graph, grad, key, mean, type Named, type NDArray, square, tanh, trace } from "@gmem/tensor";

/** One step of gradient descent with momentum on a small layer; fetches the loss before the step. */
export const momentumStep: Graph = trace(
  {
    feeds: { x: f32(4, 3), y: f32(4, 2), rate: f32() },
    state: { w: f32(3, 2), "m/w": f32(3, 2) },
  },
  ({ feeds: { x, y, rate }, state }) => {
    const loss = mean(square(tanh(x.matmul(state.w)).sub(y)));
    const m = state["m/w"].mul(0.9).add(grad(loss, { w: state.w }).w);
    return { fetches: { loss }, nextState: { w: state.w.sub(m.mul(rate)), "m/w": m } };
  },
);

/** The layer before the first step. */
export const initialLayer = (): Named<NDArray> => ({
  w: key(1).normal([3, 2]),
  "m/w": key(2).normal([3, 2]),
});

/** Data of step i. */
export const layerFeeds = (
  i: number,
): { readonly x: NDArray<"f32">; readonly y: NDArray<"f32">; readonly rate: NDArray<"f32"> } => ({
  x: key(3).split(i).normal([4, 3]),
  y: key(4).split(i).uniform([4, 2]),
  rate: { dtype: "f32", shape: [], data: new Float32Array([0.5]) },
});
