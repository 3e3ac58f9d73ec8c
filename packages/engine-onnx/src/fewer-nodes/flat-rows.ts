import {
  concat,
  type Graph,
  type Node,
  type OpAttrs,
  type OpName,
  type ReduceAttrs,
  type RewriteRule,
  replay,
  rewrite,
  sameShape,
  sizeOf,
  split,
  sum,
  type Tensor,
} from "@gmem/tensor";
import { isFlat } from "../lowering/linear.ts";

const unary: ReadonlySet<OpName> = new Set([
  ...([
    "neg",
    "abs",
    "exp",
    "log",
    "sqrt",
    "reciprocal",
    "tanh",
    "erf",
    "sigmoid",
    "sin",
    "cos",
    "gelu",
    "cast",
  ] as const),
]);
const binary: ReadonlySet<OpName> = new Set(["add", "sub", "mul", "div", "maximum", "minimum"]);

/**
 * Keeps rows as matrices [R,C] from one product to the next: `Gemm` takes nothing else, so that rows [N,T,C] cost a reshape
 * before and after each product. What is done element by element between them is done on the matrix.
 */
export const flatRows = (graph: Graph): Graph => rewrite(graph, rule);

const rule: RewriteRule = (node, inputs) => {
  if (node.op === "matmul") return product(node as Node<"matmul">, inputs);
  if (unary.has(node.op) || binary.has(node.op)) return onMatrix(node, inputs);
  if (node.op === "reduceSum") return overRows(node as Node<"reduceSum">, inputs[0] as Tensor);
  if (node.op === "split") return pieces(node as Node<"split">, inputs[0] as Tensor);
  if (node.op === "concat") return joined(node as Node<"concat">, inputs);
  return undefined;
};

/** The matrix whose rows a tensor has along several axes. */
function matrixOf(x: Tensor): Tensor | undefined {
  const source = x.node.op === "reshape" ? (x.node.inputs[0] as Tensor) : undefined;
  const isMatrix = source?.rank === 2 && source.shape[0] !== x.shape[0] && source.shape[1] === x.shape.at(-1);
  return isMatrix ? source : undefined;
}

function product(node: Node<"matmul">, [a, b]: readonly Tensor[]): readonly Tensor[] | undefined {
  if (!a || !b || !isFlat(node) || a.rank === 2) return undefined;
  const matrix = matrixOf(a) ?? a.reshape([-1, a.shape.at(-1) as number]);
  return [matrix.matmul(b, node.attrs).reshape(shapeOf(node))];
}

/** Operands that are matrices of one shape, one for all their elements, or one for each column. */
function onMatrix(node: Node, inputs: readonly Tensor[]): readonly Tensor[] | undefined {
  const shape = shapeOf(node);
  const matrix = inputs.map(matrixOf).find((x) => x !== undefined);
  if (!matrix) return undefined;
  const operands = inputs.map((x) => {
    if (sizeOf(x.shape) === 1 || (x.rank === 1 && x.shape[0] === matrix.shape[1])) return x;
    const own = matrixOf(x);
    return own && sameShape(x.shape, shape) && sameShape(own.shape, matrix.shape) ? own : undefined;
  });
  if (operands.some((x) => x === undefined)) return undefined;
  return [again(node, operands as readonly Tensor[]).reshape(shape)];
}

/** Sums over all rows. */
function overRows(node: Node<"reduceSum">, x: Tensor): readonly Tensor[] | undefined {
  const { axes } = node.attrs as ReduceAttrs;
  const isReshaped = x.node.op === "reshape" && x.rank > 2;
  if (!isReshaped || axes.length !== x.rank - 1 || axes.includes(x.rank - 1)) return undefined;
  return [sum(x.reshape([-1, x.shape.at(-1) as number]), { axes: [0] }).reshape(shapeOf(node))];
}

function pieces(node: Node<"split">, x: Tensor): readonly Tensor[] | undefined {
  const matrix = matrixOf(x);
  const { axis, parts } = node.attrs;
  if (!matrix || axis !== x.rank - 1) return undefined;
  return split(matrix, parts, 1).map((piece) => piece.reshape(shapeOf(node)));
}

function joined(node: Node<"concat">, inputs: readonly Tensor[]): readonly Tensor[] | undefined {
  const matrices = inputs.map(matrixOf);
  const { axis } = node.attrs as OpAttrs["concat"];
  if (axis !== shapeOf(node).length - 1 || matrices.some((x) => x === undefined)) return undefined;
  return [concat(matrices as readonly Tensor[], 1).reshape(shapeOf(node))];
}

const shapeOf = (node: Node): readonly number[] => (node.outputs[0] as Tensor).shape;

/** The operation of a node on other operands. */
function again(node: Node, operands: readonly Tensor[]): Tensor {
  const given = new Map(node.inputs.map((tensor, i) => [tensor, operands[i] as Tensor]));
  return replay([node], { rule: () => undefined, given })(node.outputs[0] as Tensor);
}
