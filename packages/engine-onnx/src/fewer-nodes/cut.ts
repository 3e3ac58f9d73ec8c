import type { Graph, Node, OpAttrs, Tensor } from "@gmem/tensor";
import type { GraphWriter } from "../graph-writer.ts";

/** Most results of one `Split` on WebGPU: a shader has eight buffers anywhere, and the source is one. */
const most = 7;

/** A part of an axis and the name that it gets; none where nothing reads it. */
export interface Piece {
  readonly length: number;
  readonly name?: string;
}

/** Cuts an array along its first axis into pieces: by one `Split`, or by one for each of a few larger parts. */
export function cut(writer: GraphWriter, whole: string, pieces: readonly Piece[]): void {
  let size = 1;
  while (size * most < pieces.length) size *= most;
  const parts = Array.from({ length: Math.ceil(pieces.length / size) }, (_, i) =>
    pieces.slice(i * size, (i + 1) * size),
  );
  const lengths = parts.map((part) => part.reduce((sum, { length }) => sum + length, 0));
  const names = parts.map((part) => (part.length === 1 ? part[0]?.name : undefined) ?? writer.fresh("piece"));
  writer.emitTo(names, "Split", [whole, writer.integers(lengths)], { attributes: { axis: 0 } });
  for (const [i, part] of parts.entries()) if (part.length > 1) cut(writer, names[i] as string, part);
}

/**
 * Slices of the first axis of one array that lie side by side, by each of them: they are cut out together, in two or three
 * nodes for some fifty.
 */
export function slicesTogether(graph: Graph): ReadonlyMap<Node, readonly Node<"slice">[]> {
  const of = new Map<Tensor, Node<"slice">[]>();
  for (const node of graph.nodes) {
    if (node.op !== "slice" || (node.attrs as OpAttrs["slice"]).axis !== 0) continue;
    const source = node.inputs[0] as Tensor;
    of.set(source, [...(of.get(source) ?? []), node as unknown as Node<"slice">]);
  }
  const found = new Map<Node, readonly Node<"slice">[]>();
  for (const nodes of of.values()) {
    const inOrder = nodes.sort((a, b) => a.attrs.start - b.attrs.start);
    const overlap = inOrder.some(({ attrs }, i) => i > 0 && attrs.start < (inOrder[i - 1]?.attrs.end as number));
    if (nodes.length > 1 && !overlap) for (const node of inOrder) found.set(node as unknown as Node, inOrder);
  }
  return found;
}

/** Pieces of an array of so many rows: the slices, and what lies between them. */
export function piecesOfSlices(
  slices: readonly Node<"slice">[],
  { rows, nameOf }: { readonly rows: number; readonly nameOf: (tensor: Tensor) => string },
): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { attrs, outputs } of slices) {
    if (attrs.start > at) pieces.push({ length: attrs.start - at });
    pieces.push({ length: attrs.end - attrs.start, name: nameOf(outputs[0] as Tensor) });
    at = attrs.end;
  }
  if (at < rows) pieces.push({ length: rows - at });
  return pieces;
}
