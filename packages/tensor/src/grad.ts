import type { Named } from "./aval.ts";
import { ShapeError } from "./errors.ts";
import { gradients } from "./gradients.ts";
import { type Node, reachable, scalar, type Tensor } from "./graph.ts";
import { nodeKeys } from "./node-key.ts";
import * as ops from "./ops.ts";

/**
 * Gradients of a scalar with respect to named tensors, by reverse-mode differentiation of the graph. A tensor that the
 * loss does not depend on gets zeros.
 * @throws {ShapeError} if the loss is not a scalar.
 * @example
 * trace({ feeds: { x: f32(3) } }, ({ feeds }) => ({ fetches: grad(sum(feeds.x.mul(feeds.x)), { x: feeds.x }) })); // x: 2x
 */
export function grad<N extends Named<Tensor>>(loss: Tensor, wrt: N): { readonly [K in keyof N]: Tensor } {
  if (loss.rank !== 0) throw new ShapeError("grad", "the loss must be a scalar", [loss.shape]);
  const names = Object.keys(wrt);
  const found = vjp([loss], [scalar(1, loss.dtype)], Object.values(wrt));
  return Object.fromEntries(names.map((name, i) => [name, found[i]])) as { readonly [K in keyof N]: Tensor };
}

/** The value of a scalar function of named tensors, and its gradients. */
export function valueAndGrad<N extends Named<Tensor>>(
  f: (parameters: N) => Tensor,
  parameters: N,
): readonly [value: Tensor, gradients: { readonly [K in keyof N]: Tensor }] {
  const value = f(parameters);
  return [value, grad(value, parameters)];
}

/** Gradients that flow from outputs, given dy for each, into other tensors of the graph. */
export function vjp(outputs: readonly Tensor[], dys: readonly Tensor[], wrt: readonly Tensor[]): readonly Tensor[] {
  return pullback(outputs, dys, { wrt });
}

interface PullbackOptions {
  readonly wrt: readonly Tensor[];
  /** Nodes up to this id are taken as given: nothing flows through them, though they may be in `wrt`. */
  readonly above?: number;
}

/** {@link vjp} through the newer part of a graph only. */
export function pullback(
  outputs: readonly Tensor[],
  dys: readonly Tensor[],
  { wrt, above = -1 }: PullbackOptions,
): readonly Tensor[] {
  const nodes = reachable(outputs, above);
  const needed = dependents(nodes, wrt);
  const first = firstOfEqual(nodes, new Set(wrt));
  const gradientOf = new Map<Tensor, Tensor>();
  const accumulate = (tensor: Tensor, dy: Tensor | undefined): void => {
    if (!dy || !needed.has(tensor)) return;
    const shared = first(tensor);
    const before = gradientOf.get(shared);
    gradientOf.set(shared, before ? before.add(dy) : dy);
  };
  outputs.forEach((output, i) => {
    accumulate(output, dys[i]);
  });
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as Node;
    const custom = node.outputs[0]?.customVjp;
    const dy = node.outputs.map((output) => gradientOf.get(output));
    if (dy.every((d) => d === undefined)) continue;
    if (custom) {
      custom.vjp(dy[0] as Tensor).forEach((d, k) => {
        accumulate(custom.inputs[k] as Tensor, d);
      });
    } else if (node.inputs.some((source) => needed.has(source))) {
      (gradients[node.op] as (node: Node, dy: readonly (Tensor | undefined)[]) => readonly (Tensor | undefined)[])(
        node,
        dy,
      ).forEach((d, k) => {
        accumulate(node.inputs[k] as Tensor, d);
      });
    }
  }
  return wrt.map((tensor) => gradientOf.get(tensor) ?? ops.broadcast(scalar(0, tensor.dtype), tensor.shape));
}

/**
 * The first of the tensors that are computed alike, such as SiLU(e) in every block: gradients are added up there, and go on
 * once for all of them. One with a rule of its own, or asked for, stands for itself.
 */
function firstOfEqual(nodes: readonly Node[], wrt: ReadonlySet<Tensor>): (tensor: Tensor) => Tensor {
  const known = new Map<string, Node>();
  const earlier = new Map<Tensor, Tensor>();
  const first = (tensor: Tensor): Tensor => earlier.get(tensor) ?? tensor;
  const keyOf = nodeKeys();
  for (const node of nodes) {
    if (node.outputs.some((output) => output.customVjp || wrt.has(output))) continue;
    const key = keyOf({ op: node.op, inputs: node.inputs.map(first), attrs: node.attrs });
    const same = known.get(key);
    if (!same) known.set(key, node);
    else for (const [i, output] of node.outputs.entries()) earlier.set(output, same.outputs[i] as Tensor);
  }
  return first;
}

/** The tensors through which a change of `wrt` can be felt. */
function dependents(nodes: readonly Node[], wrt: readonly Tensor[]): ReadonlySet<Tensor> {
  const needed = new Set<Tensor>(wrt);
  for (const node of nodes) {
    const custom = node.outputs[0]?.customVjp;
    if (node.op === "stopGradient" && !custom) continue;
    if ((custom?.inputs ?? node.inputs).some((source) => needed.has(source)))
      for (const output of node.outputs) needed.add(output);
  }
  return needed;
}
