import { cast, type Graph, type Node, type OpName, type RewriteRule, replay, rewrite, type Tensor } from "@gmem/tensor";

/** What moves elements and computes nothing. */
const moving: ReadonlySet<OpName> = new Set(["reshape", "transpose", "slice", "split", "concat"]);

/**
 * The same program with its matrix products in float16: their operands are rounded, and what only moves between two products stays
 * so, with biases. Everything else is float32: norms, softmax, activations, losses, sums of gradients, and the parameters
 * themselves with all that the optimizer keeps.
 */
export const halfProducts = (graph: Graph): Graph => rewrite(graph, rule);

const rule: RewriteRule = (node, inputs) => {
  if (node.op === "matmul") return product(node as Node<"matmul">, inputs);
  if (node.op === "add") return biased(node, inputs);
  if (!moving.has(node.op) || !inputs.every((x) => isWidened(x))) return undefined;
  return again(node, inputs.map(half)).map((x) => cast(x, "f32"));
};

/** Whether it holds float16 numbers in float32. */
const isWidened = ({ node }: Tensor): boolean => node.op === "cast" && node.inputs[0]?.dtype === "f16";
const half = (x: Tensor): Tensor => (isWidened(x) ? (x.node.inputs[0] as Tensor) : cast(x, "f16"));

/** A factor goes to the second operand before it is rounded. */
function product({ attrs }: Node<"matmul">, [a, b]: readonly Tensor[]): readonly Tensor[] | undefined {
  if (!a || !b || a.dtype !== "f32") return undefined;
  const { alpha, ...sides } = attrs;
  const scaled = alpha === 1 ? b : b.mul(alpha);
  return [cast(half(a).matmul(half(scaled), sides), "f32")];
}

/** The sum of a product and a parameter for each of its columns. */
function biased({ inputs: before }: Node, [y, bias]: readonly Tensor[]): readonly Tensor[] | undefined {
  const isBias = bias?.rank === 1 && bias.dtype === "f32" && before[1]?.node.op === "input";
  if (!y || !bias || !isBias || !isWidened(y) || y.node.inputs[0]?.node.op !== "matmul") return undefined;
  return [cast(half(y).add(half(bias)), "f32")];
}

/** The operation of a node on other operands. */
function again(node: Node, operands: readonly Tensor[]): readonly Tensor[] {
  const given = new Map(node.inputs.map((tensor, i) => [tensor, operands[i] as Tensor]));
  return node.outputs.map(replay([node], { rule: () => undefined, given }));
}
