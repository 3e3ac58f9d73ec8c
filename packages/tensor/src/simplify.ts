import type { NDArray } from "./array.ts";
import { sizeOf } from "./aval.ts";
import { applyAll, type Graph, makeGraph, type Node, type Tensor } from "./graph.ts";
import { mapNamed } from "./named.ts";
import { type Form, nodeKeys } from "./node-key.ts";
import type { OpAttrs, OpName } from "./op.ts";
import { evaluateNode } from "./reference.ts";

/** Constants up to this size are folded; larger results would make the program bigger than the work they save. */
const foldLimit = 1 << 16;

/**
 * An equal program with less work: common subexpressions once, constants folded, identities and dead code removed.
 * Engines call it before they lower a graph. Inputs keep their names, results their values.
 * @example
 * const graph = trace({ feeds: { x: f32(2) } }, ({ feeds }) => ({ fetches: { y: exp(feeds.x).add(exp(feeds.x)) } }));
 * simplify(graph).nodes.length; // 3: x, exp, add
 */
export function simplify(graph: Graph): Graph {
  const replacement = new Map<Tensor, Tensor>();
  const now = (tensor: Tensor): Tensor => replacement.get(tensor) ?? tensor;
  const once = unique();
  for (const node of graph.nodes) {
    if (node.op === "input") continue;
    const inputs = node.inputs.map(now);
    const shorter = shorterForm(node, inputs);
    const outputs = isForm(shorter)
      ? once(shorter)
      : (shorter ?? once({ op: node.op, inputs, attrs: node.attrs }, node));
    node.outputs.forEach((output, i) => {
      const better = outputs[i] as Tensor;
      if (better !== output) replacement.set(output, better);
    });
  }
  return makeGraph(graph.inputs, mapNamed(graph.fetches, now), mapNamed(graph.nextState, now));
}

const isForm = (answer: Form | readonly Tensor[] | undefined): answer is Form => answer !== undefined && "op" in answer;

type Once = (form: Form, node?: Node) => readonly Tensor[];

/** Makes each operation once: the outputs of an earlier node that computes the same, else of the node given, else of a new one. */
function unique(): Once {
  const known = new Map<string, readonly Tensor[]>();
  const keyOf = nodeKeys();
  return ({ op, inputs, attrs }, node) => {
    const key = keyOf({ op, inputs, attrs });
    const before = known.get(key);
    if (before) return before;
    const unchanged = node?.inputs.every((tensor, i) => tensor === inputs[i]);
    const outputs = node && unchanged ? node.outputs : applyAll(op, inputs, attrs);
    known.set(key, outputs);
    return outputs;
  };
}

/** What the node equals without being computed, or a cheaper operation that it equals, if there is one. */
function shorterForm(node: Node, inputs: readonly Tensor[]): readonly Tensor[] | Form | undefined {
  const [x, y] = inputs as readonly [Tensor, Tensor];
  if (node.op === "stopGradient") return [x];
  const folded = fold(node, inputs) ?? withoutCopies(node, inputs);
  if (folded) return folded;
  const output = node.outputs[0] as Tensor;
  const keeps = (tensor: Tensor): readonly Tensor[] | undefined =>
    tensor.dtype === output.dtype && String(tensor.shape) === String(output.shape) ? [tensor] : undefined;
  switch (node.op) {
    case "add":
      return isFilled(y, 0) ? keeps(x) : isFilled(x, 0) ? keeps(y) : undefined;
    case "sub":
      return isFilled(y, 0) ? keeps(x) : undefined;
    case "mul":
      return isFilled(y, 1) ? keeps(x) : isFilled(x, 1) ? keeps(y) : undefined;
    case "div":
      return isFilled(y, 1) ? keeps(x) : undefined;
    case "neg":
      return x.node.op === "neg" ? [x.node.inputs[0] as Tensor] : undefined;
    case "reshape":
      return reshaped(x, output);
    case "transpose":
      return transposed(x, (node as Node<"transpose">).attrs.permutation);
    default:
      return undefined;
  }
}

/** A number that was repeated for an operation that repeats it by itself. */
function withoutCopies(node: Node, inputs: readonly Tensor[]): Form | undefined {
  if (!repeating.has(node.op)) return undefined;
  const output = node.outputs[0] as Tensor;
  const at = inputs.findIndex(({ node }) => node.op === "broadcast" && sizeOf(node.inputs[0]?.shape ?? []) === 1);
  const others = inputs.filter((_, i) => i !== at);
  if (at < 0 || !others.some(({ shape }) => String(shape) === String(output.shape))) return undefined;
  const number = inputs[at]?.node.inputs[0] as Tensor;
  return number.rank > output.rank ? undefined : { op: node.op, inputs: inputs.with(at, number), attrs: node.attrs };
}

const repeating: ReadonlySet<OpName> = new Set(["add", "sub", "mul", "div", "maximum", "minimum"]);

/** A chain of reshapes is one, or none. */
function reshaped(x: Tensor, output: Tensor): readonly Tensor[] | Form | undefined {
  const source = x.node.op === "reshape" ? (x.node.inputs[0] as Tensor) : x;
  if (String(source.shape) === String(output.shape)) return [source];
  return source === x ? undefined : { op: "reshape", inputs: [source], attrs: { shape: output.shape } };
}

/** Two transpositions are one, or none. */
function transposed(x: Tensor, outer: readonly number[]): readonly Tensor[] | Form | undefined {
  if (x.node.op !== "transpose") return undefined;
  const inner = (x.node.attrs as OpAttrs["transpose"]).permutation;
  const permutation = outer.map((axis) => inner[axis] as number);
  const source = x.node.inputs[0] as Tensor;
  const none = permutation.every((axis, i) => axis === i);
  return none ? [source] : { op: "transpose", inputs: [source], attrs: { permutation } };
}

const constantOf = (tensor: Tensor): NDArray | undefined =>
  tensor.node.op === "constant" ? (tensor.node.attrs as OpAttrs["constant"]).value : undefined;

const isFilled = (tensor: Tensor, value: number): boolean => {
  const data = constantOf(tensor)?.data;
  return data !== undefined && data.length <= 16 && data.every((element) => element === value);
};

/** The constant that a node with one output is, when all its inputs are constants and small. */
function fold(node: Node, inputs: readonly Tensor[]): Form | undefined {
  if (node.op === "constant" || node.op === "broadcast" || inputs.length === 0 || node.outputs.length > 1)
    return undefined;
  const values: NDArray[] = [];
  for (const tensor of inputs) {
    const value = constantOf(tensor);
    if (!value || value.data.length > foldLimit || value.dtype === "f16") return undefined;
    values.push(value);
  }
  const output = node.outputs[0] as Tensor;
  if (sizeOf(output.shape) > foldLimit || output.dtype === "f16") return undefined;
  const [value] = evaluateNode(node, values) as readonly [NDArray];
  return { op: "constant", inputs: [], attrs: { value } };
}
