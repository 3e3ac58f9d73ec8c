import { type Graph, type Node, type ReduceAttrs, sizeOf, sum, sumSquare, type Tensor } from "@gmem/tensor";
import { type Group, joined } from "./pack.ts";

/** A sum of squares over arrays of the updates, as the norm of all gradients is one. */
export interface SquaresOf {
  /** The sum. */
  readonly root: Tensor;
  /** Groups of updates with the place of the array in each. */
  readonly parts: readonly { readonly group: Group; readonly k: number }[];
  /** What else is added up. */
  readonly rest: readonly Tensor[];
}

/** The sum of squares that takes in an array of each update of some groups, if there is one. */
export function sumOfSquares(graph: Graph, groups: readonly Group[]): SquaresOf | undefined {
  const readers = new Map<Tensor, Node[]>();
  for (const node of graph.nodes)
    for (const tensor of node.inputs) readers.set(tensor, [...(readers.get(tensor) ?? []), node]);
  const squareOf = (tensor: Tensor): Tensor | undefined =>
    readers.get(tensor)?.find((node) => isWholeSquare(node))?.outputs[0];
  const found = groups.flatMap((group) => {
    const k = group.updates[0]?.from.findIndex((tensor) => squareOf(tensor)) ?? -1;
    const squares = group.updates.map(({ from }) => from[k] && squareOf(from[k]));
    return squares.every((square) => square !== undefined) ? [{ group, k, squares }] : [];
  });
  let root = found[0]?.squares[0];
  if (!root) return undefined;
  for (let next = nextSum(root); next; next = nextSum(root)) root = next;
  function nextSum(tensor: Tensor): Tensor | undefined {
    const [reader, ...more] = readers.get(tensor) ?? [];
    return reader?.op === "add" && more.length === 0 ? reader.outputs[0] : undefined;
  }
  const terms = new Set(termsOf(root));
  const parts = found.filter(({ squares }) => squares.every((square) => terms.has(square)));
  const replaced = new Set(parts.flatMap(({ squares }) => squares));
  return { root, parts, rest: [...terms].filter((term) => !replaced.has(term)) };
}

/** The same sum over arrays that are joined. */
export const squaresTogether = ({ parts, rest }: SquaresOf, now: (tensor: Tensor) => Tensor): Tensor =>
  [...parts.map(({ group, k }) => squares(joined(group, k, now))), ...rest.map(now)].reduce((total, term) =>
    total.add(term),
  );

/** Row by row, and then of the rows. */
const squares = (x: Tensor): Tensor =>
  x.rank === 1 ? sumSquare(x) : sum(sumSquare(x, { axes: x.shape.map((_, i) => i).slice(1) }));

const isWholeSquare = ({ op, attrs, inputs, outputs }: Node): boolean =>
  op === "reduceSumSquare" &&
  (attrs as ReduceAttrs).axes.length === inputs[0]?.rank &&
  sizeOf(outputs[0]?.shape ?? []) === 1;

function termsOf(total: Tensor): readonly Tensor[] {
  const terms: Tensor[] = [];
  const pending = [total];
  for (let tensor = pending.pop(); tensor; tensor = pending.pop())
    if (tensor.node.op === "add") pending.push(...tensor.node.inputs);
    else terms.push(tensor);
  return terms;
}
