import { pullback } from "./grad.ts";
import { apply, reachable, type Tensor } from "./graph.ts";
import { stopGradient, withVjp } from "./ops.ts";

/**
 * Runs a block whose inner values are not kept for the backward pass but computed again there: memory for time.
 * Gradients also flow to whatever the block uses besides its input, such as parameters.
 * @example
 * const graph = trace({ feeds: { x: f32(4), w: f32(4) } }, ({ feeds: { x, w } }) => {
 *   const h = recomputed((inner) => gelu(inner.mul(w)), x);
 *   return { fetches: grad(sum(h), { w }) };
 * });
 */
export function recomputed(block: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const entry = stopGradient(x);
  const output = block(entry);
  const inside = reachable([output], entry.node.id);
  // what the block takes from outside, besides its input
  const used = [output, ...inside.flatMap((node) => node.inputs)];
  const borders = [...new Set(used)].filter(
    (tensor) => tensor.node.id < entry.node.id && tensor.node.op !== "constant",
  );
  return withVjp(output, [x, ...borders], (dy) => {
    // the copy depends on dy, so it is neither merged with the first pass nor computed before the backward pass comes here
    const again = apply("after", [x, dy], {});
    // one border may depend on another: the graph outside gets each one's own share and carries it on itself
    return pullback([block(again)], [dy], { wrt: [again, ...borders], above: again.node.id });
  });
}
