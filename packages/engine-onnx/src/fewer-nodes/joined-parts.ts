import {
  bytesPerElement,
  concat,
  type Graph,
  type OpAttrs,
  type ReduceAttrs,
  rewrite,
  sameShape,
  sizeOf,
  sum,
  type Tensor,
} from "@gmem/tensor";

/** Copying more than this, once, takes longer than the nodes that it saves. */
const mostBytes = 2 ** 27;

/** A way to compute several neighbours of a concatenation as one. */
interface Kind {
  readonly is: (tensor: Tensor, axis: number) => boolean;
  /** Whether two of the kind can be one. */
  readonly fit: (a: Tensor, b: Tensor) => boolean;
  readonly one: (run: readonly Tensor[]) => Tensor;
}

const source = ({ node }: Tensor, i = 0): Tensor => node.inputs[i] as Tensor;
const all = (run: readonly Tensor[], axis: number): Tensor =>
  concat(
    run.map((x) => source(x)),
    axis,
  );
const first = (run: readonly Tensor[]): Tensor => run[0] as Tensor;
const axesOf = ({ node }: Tensor): ReduceAttrs => node.attrs as ReduceAttrs;

/** Sums over the same axes, joined along their last: the gradients of biases, and of a block's adaLN vectors. */
const sums: Kind = {
  is: (x, axis) => x.node.op === "reduceSum" && axis === x.rank - 1 && !axesOf(x).axes.includes(source(x).rank - 1),
  fit: (a, b) => {
    const isEqual = String(axesOf(a).axes) === String(axesOf(b).axes) && axesOf(a).keepDims === axesOf(b).keepDims;
    return isEqual && sameShape(source(a).shape.slice(0, -1), source(b).shape.slice(0, -1));
  },
  one: (run) => sum(all(run, source(first(run)).rank - 1), axesOf(first(run))),
};

/** Products Aᵢᵀ·B with one B, joined along their rows: the gradients of weights that read the same. */
const products: Kind = {
  is: ({ node, rank }, axis) => {
    const { transposeA, transposeB, alpha } = node.attrs as OpAttrs["matmul"];
    return node.op === "matmul" && rank === 2 && axis === 0 && transposeA && !transposeB && alpha === 1;
  },
  fit: (a, b) => source(a, 1) === source(b, 1),
  one: (run) => all(run, 1).matmul(source(first(run), 1), { transposeA: true }),
};

/** Rows [N,1,C] that have become [N,C]. */
const rows: Kind = {
  is: (x, axis) =>
    x.node.op === "reshape" &&
    x.rank === 2 &&
    axis === 1 &&
    String(source(x).shape) === String([x.shape[0], 1, x.shape[1]]),
  fit: () => true,
  one: (run) => {
    const joined = all(run, 2);
    return joined.reshape([joined.shape[0] as number, joined.shape[2] as number]);
  },
};

/** Neighbours of concatenations are computed as one where they can be. */
export const joinedParts = (graph: Graph): Graph =>
  rewrite(graph, (node, inputs) => {
    if (node.op !== "concat") return undefined;
    const { axis } = node.attrs as OpAttrs["concat"];
    const parts = runs(inputs, axis).flatMap(({ kind, run }) => (kind && run.length > 1 ? [kind.one(run)] : run));
    return parts.length === inputs.length ? undefined : [concat(parts, axis)];
  });

interface Run {
  readonly kind: Kind | undefined;
  readonly run: Tensor[];
}

function runs(inputs: readonly Tensor[], axis: number): readonly Run[] {
  const found: Run[] = [];
  let bytes = 0;
  for (const tensor of inputs) {
    const kind = [sums, products, rows].find(({ is }) => is(tensor, axis));
    const own = kind ? sizeOf(source(tensor).shape) * bytesPerElement(tensor.dtype) : 0;
    const before = found.at(-1);
    if (before && kind && before.kind === kind && kind.fit(first(before.run), tensor) && bytes + own <= mostBytes) {
      before.run.push(tensor);
      bytes += own;
    } else {
      found.push({ kind, run: [tensor] });
      bytes = own;
    }
  }
  return found;
}
