import { vjp } from "./grad.ts";
import { apply, reachable, type Tensor } from "./graph.ts";
import { stopGradient, withVjp } from "./ops.ts";

/**
 * Runs a block whose inner values are not kept for the backward pass but computed again there: memory for time.
 * Gradients also flow to whatever the block uses besides its input, such as parameters.
 * @example
 * const h = checkpoint((x) => block(p, x), h0);
 */
export function checkpoint(block: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const entry = stopGradient(x);
  const output = block(entry);
  const nodes = reachable([output]);
  const outside = new Set(nodes.filter((node) => node.id < entry.node.id));
  const used = nodes.filter((node) => node.id > entry.node.id).flatMap((node) => node.inputs);
  const borders = [...new Set(used)].filter((tensor) => outside.has(tensor.node) && tensor.node.op !== "constant");
  return withVjp(output, [x, ...borders], (dy) => {
    // the copy depends on dy, so it is neither merged with the first pass nor computed before the backward pass comes here
    const again = stopGradient(apply("after", [x, dy], {}));
    return vjp([block(again)], [dy], [again, ...borders]);
  });
}
