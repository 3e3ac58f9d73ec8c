import { array, type Named, type NDArray, sizeOf } from "./array.ts";
import { applyAll, constant, type Graph, makeGraph, type Node, type Tensor } from "./graph.ts";
import type { OpAttrs } from "./op.ts";
import { evaluateNode } from "./reference.ts";

/** Constants up to this size are folded; larger results would make the program bigger than the work they save. */
const foldLimit = 1 << 16;

/**
 * An equal program with less work: common subexpressions once, constants folded, identities and dead code removed.
 * Engines call it before they lower a graph. Inputs keep their names, results their values.
 */
export function simplify(graph: Graph): Graph {
  const known = new Map<string, readonly Tensor[]>();
  const replacement = new Map<Tensor, Tensor>();
  const now = (tensor: Tensor): Tensor => replacement.get(tensor) ?? tensor;
  const identity = identities();
  for (const node of graph.nodes) {
    if (node.op === "input") continue;
    const inputs = node.inputs.map(now);
    const outputs = shorter(node, inputs) ?? merged(node, inputs, { known, identity });
    node.outputs.forEach((output, i) => {
      const better = outputs[i] as Tensor;
      if (better !== output) replacement.set(output, better);
    });
  }
  const renamed = (named: Named<Tensor>): Named<Tensor> =>
    Object.fromEntries(Object.entries(named).map(([name, tensor]) => [name, now(tensor)]));
  return makeGraph(graph.inputs, renamed(graph.fetches), renamed(graph.nextState));
}

interface Memory {
  readonly known: Map<string, readonly Tensor[]>;
  readonly identity: (value: unknown) => string;
}

/** The node on its new inputs, or an earlier node that computes the same. */
function merged(node: Node, inputs: readonly Tensor[], { known, identity }: Memory): readonly Tensor[] {
  const operands = inputs.map((tensor) => `${tensor.node.id}:${tensor.index}`);
  const key = `${node.op}(${operands})${identity(node.attrs)}`;
  const before = known.get(key);
  if (before) return before;
  const outputs = inputs.every((tensor, i) => tensor === node.inputs[i])
    ? node.outputs
    : applyAll(node.op, inputs, node.attrs);
  known.set(key, outputs);
  return outputs;
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
    JSON.stringify(attrs, (_, value) =>
      ArrayBuffer.isView(value)
        ? (value as Float32Array).length <= 16
          ? Array.from(value as Float32Array, exactText)
          : idOf(value)
        : value,
    );
}

/** JSON has neither NaN nor −0. */
const exactText = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));

/** What the node equals without being computed, if anything. */
function shorter(node: Node, inputs: readonly Tensor[]): readonly Tensor[] | undefined {
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
function reshaped(x: Tensor, output: Tensor): readonly Tensor[] | undefined {
  const source = x.node.op === "reshape" ? (x.node.inputs[0] as Tensor) : x;
  if (String(source.shape) === String(output.shape)) return [source];
  return source === x ? undefined : applyAll("reshape", [source], { shape: output.shape });
}

/** Two transpositions are one, or none. */
function transposed(x: Tensor, outer: readonly number[]): readonly Tensor[] | undefined {
  if (x.node.op !== "transpose") return undefined;
  const inner = (x.node.attrs as OpAttrs["transpose"]).permutation;
  const permutation = outer.map((axis) => inner[axis] as number);
  const source = x.node.inputs[0] as Tensor;
  return permutation.every((axis, i) => axis === i) ? [source] : applyAll("transpose", [source], { permutation });
}

const constantOf = (tensor: Tensor): NDArray | undefined =>
  tensor.node.op === "constant" ? (tensor.node.attrs as OpAttrs["constant"]).value : undefined;

const isFilled = (tensor: Tensor, value: number): boolean => {
  const data = constantOf(tensor)?.data;
  return data !== undefined && data.length <= 16 && data.every((element) => element === value);
};

/** The node's value when all its inputs are constants and the result is small. */
function fold(node: Node, inputs: readonly Tensor[]): readonly Tensor[] | undefined {
  if (node.op === "constant" || node.op === "broadcast" || inputs.length === 0) return undefined;
  const values = inputs.map(constantOf);
  if (values.some((value) => value === undefined)) return undefined;
  if (node.outputs.some((output) => sizeOf(output.shape) > foldLimit)) return undefined;
  const results = evaluateNode(node, values as NDArray[]);
  return results.map((result, i) => constant(array(result.data, result.shape, (node.outputs[i] as Tensor).dtype)));
}
