import type { Graph, Node, OpName, Tensor } from "@gmem/tensor";

/** Operations whose result shares its operand's memory in onnxruntime: who reads the result reads the operand. */
const views: ReadonlySet<OpName> = new Set(["reshape", "stopGradient", "after"]);

/** Operations whose kernels read an element before they write it, so that an operand may be the result's memory. */
const elementByElement: ReadonlySet<OpName> = new Set([
  ...(["neg", "abs", "exp", "sqrt", "reciprocal", "tanh", "sigmoid"] as const),
  ...(["add", "sub", "mul", "div", "maximum", "minimum", "where"] as const),
]);

/** Operations that onnxruntime may merge with an addition that follows, which would then read while it writes. */
const fusible: ReadonlySet<OpName> = new Set(["matmul", "conv2d", "conv2dInputGrad"]);

/**
 * Names of the state entries whose new value may be written over the old one while the graph runs: every other reader of
 * the old value must come before the node that makes the new value, in any order of execution that the graph allows.
 * An update that depends on the norm of all gradients has this property.
 */
export function inPlaceUpdates(graph: Graph): ReadonlySet<string> {
  const readers = new Map<Tensor, Node[]>();
  for (const node of graph.nodes)
    for (const tensor of new Set(node.inputs)) {
      const known = readers.get(tensor);
      if (known) known.push(node);
      else readers.set(tensor, [node]);
    }
  const results = new Map<Tensor, number>();
  for (const tensor of [...Object.values(graph.fetches), ...Object.values(graph.nextState)])
    results.set(tensor, (results.get(tensor) ?? 0) + 1);
  const safe = Object.entries(graph.nextState).filter(([name, next]) => {
    const old = graph.inputs.state[name];
    return old !== undefined && isSafe(old, next, { readers, results });
  });
  return new Set(safe.map(([name]) => name));
}

/**
 * The same for a loop, which writes the new state when all steps are done. Only a result that still lies in the old
 * value's memory then would be spoilt.
 */
export function inPlaceLoop(graph: Graph): ReadonlySet<string> {
  const results = [...Object.values(graph.fetches), ...Object.values(graph.nextState)];
  const shown = new Set(results.map(viewed));
  const safe = Object.keys(graph.nextState).filter((name) => !shown.has(graph.inputs.state[name] as Tensor));
  return new Set(safe);
}

/** The tensor whose memory a value may lie in. */
function viewed(tensor: Tensor): Tensor {
  let source = tensor;
  while (views.has(source.node.op)) source = source.node.inputs[0] as Tensor;
  return source;
}

interface Uses {
  readonly readers: ReadonlyMap<Tensor, readonly Node[]>;
  /** How many results of the graph a tensor is. */
  readonly results: ReadonlyMap<Tensor, number>;
}

function isSafe(old: Tensor, next: Tensor, { readers, results }: Uses): boolean {
  const writer = next.node;
  // a result that is renamed is copied at an unknown time; so is an old value that is fetched
  if (writer.op === "input" || writer.op === "constant" || (results.get(next) ?? 0) > 1) return false;
  const pending = new Set<Node>();
  const same = [old];
  for (let tensor = same.pop(); tensor; tensor = same.pop()) {
    if (results.has(tensor)) return false;
    for (const node of readers.get(tensor) ?? []) {
      if (views.has(node.op)) same.push(...node.outputs);
      if (fusible.has(node.op) && writer.inputs.some((input) => input.node === node)) return false;
      const overwrites = node === writer && elementByElement.has(node.op) && sameLayout(tensor, next);
      if (!overwrites) pending.add(node);
    }
  }
  return pending.size === 0 || (!pending.has(writer) && areAncestors(pending, writer));
}

const sameLayout = (a: Tensor, b: Tensor): boolean => a.dtype === b.dtype && String(a.shape) === String(b.shape);

/** Whether all nodes must have run before another one can. */
function areAncestors(nodes: ReadonlySet<Node>, last: Node): boolean {
  const missing = new Set(nodes);
  const seen = new Set<Node>([last]);
  const stack = [last];
  for (let node = stack.pop(); node; node = stack.pop()) {
    for (const { node: source } of node.inputs) {
      if (seen.has(source)) continue;
      seen.add(source);
      if (missing.delete(source) && missing.size === 0) return true;
      stack.push(source);
    }
  }
  return false;
}
