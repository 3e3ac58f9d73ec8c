import type { NDArray } from "./array.ts";
import { sizeOf } from "./aval.ts";
import { applyAll, type Graph, makeGraph, type Node, type Tensor } from "./graph.ts";
import { mapNamed } from "./named.ts";
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

/** An operation that is not a node yet. */
interface Form {
  readonly op: OpName;
  readonly inputs: readonly Tensor[];
  readonly attrs: OpAttrs[OpName];
}

const isForm = (answer: Form | readonly Tensor[] | undefined): answer is Form => answer !== undefined && "op" in answer;

type Once = (form: Form, node?: Node) => readonly Tensor[];

/** Makes each operation once: the outputs of an earlier node that computes the same, else of the node given, else of a new one. */
function unique(): Once {
  const known = new Map<string, readonly Tensor[]>();
  const identity = identities();
  return ({ op, inputs, attrs }, node) => {
    let key: string = op;
    for (const tensor of inputs) key += ` ${tensor.node.id}:${tensor.index}`;
    for (const _ in attrs) {
      key += identity(attrs);
      break;
    }
    const before = known.get(key);
    if (before) return before;
    const unchanged = node?.inputs.every((tensor, i) => tensor === inputs[i]);
    const outputs = node && unchanged ? node.outputs : applyAll(op, inputs, attrs);
    known.set(key, outputs);
    return outputs;
  };
}

/** A text that is equal for equal attributes; small constants by value, large ones by identity. */
function identities(): (value: unknown) => string {
  const ids = new Map<unknown, number>();
  const idOf = (data: unknown): string => {
    const id = ids.get(data) ?? ids.size;
    ids.set(data, id);
    return `#${id}`;
  };
  return (attrs) =>
    JSON.stringify(attrs, (_, value) => {
      if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? value : exactText(value);
      if (!ArrayBuffer.isView(value)) return value;
      const data = value as Float32Array;
      return data.length <= 16 ? Array.from(data, exactText) : idOf(value);
    });
}

/** JSON has neither NaN nor −0. */
const exactText = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));

/** What the node equals without being computed, or a cheaper operation that it equals, if there is one. */
function shorterForm(node: Node, inputs: readonly Tensor[]): readonly Tensor[] | Form | undefined {
  const [x, y] = inputs as readonly [Tensor, Tensor];
  if (node.op === "stopGradient") return [x];
  const folded = fold(node, inputs);
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
