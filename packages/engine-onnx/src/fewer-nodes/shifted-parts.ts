import {
  array,
  constant,
  type Graph,
  type Node,
  type OpAttrs,
  rewrite,
  sizeOf,
  split,
  type Tensor,
} from "@gmem/tensor";

/**
 * A number that is added to some of the equal parts of an array is added before it is cut, with zeros for the other parts: the
 * 1 of 1 + scale in each half of a block.
 */
export function shiftedParts(graph: Graph): Graph {
  const readers = new Map<Tensor, Node[]>();
  for (const node of graph.nodes)
    for (const tensor of new Set(node.inputs)) readers.set(tensor, [...(readers.get(tensor) ?? []), node]);
  const results = new Set([...Object.values(graph.fetches), ...Object.values(graph.nextState)]);
  /** What each reader of a part adds to it, if that is one number in all of them. */
  const shiftOf = (part: Tensor): number | undefined => {
    const numbers = (readers.get(part) ?? []).map((node) =>
      node.op === "add" ? numberOf(node.inputs[1] as Tensor) : undefined,
    );
    return results.has(part) || numbers.some((x) => x === undefined || x !== numbers[0]) ? undefined : numbers[0];
  };
  const shifted = new Set<Tensor>();
  return rewrite(graph, (node, [x]) => {
    if (node.op === "add" && shifted.has(node.inputs[0] as Tensor)) return [x as Tensor];
    if (node.op !== "split" || !x) return undefined;
    const { axis, parts } = node.attrs as OpAttrs["split"];
    const shifts = node.outputs.map(shiftOf);
    if (shifts.filter((shift) => shift !== undefined).length < 2 || axis !== x.rank - 1 || x.dtype !== "f32")
      return undefined;
    for (const [i, output] of node.outputs.entries()) if (shifts[i] !== undefined) shifted.add(output);
    const width = (x.shape[axis] as number) / parts;
    const added = Float32Array.from({ length: width * parts }, (_, i) => shifts[Math.floor(i / width)] ?? 0);
    return split(x.add(constant(array(added, [added.length]))), parts, axis);
  });
}

function numberOf(tensor: Tensor): number | undefined {
  const isNumber = tensor.node.op === "constant" && sizeOf(tensor.shape) === 1;
  return isNumber ? (tensor.node.attrs as OpAttrs["constant"]).value.data[0] : undefined;
}
