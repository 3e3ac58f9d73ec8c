import { concat, type Graph, type Node, type OpAttrs, rewrite, type Tensor } from "@gmem/tensor";

/** Σ aᵢBᵢ as one product of what is joined, [a₁ a₂ …][B₁; B₂; …]: the gradient that all blocks send to what conditions them. */
export function sumsOfProducts(graph: Graph): Graph {
  const readers = new Map<Tensor, Node[]>();
  for (const node of graph.nodes)
    for (const tensor of new Set(node.inputs)) readers.set(tensor, [...(readers.get(tensor) ?? []), node]);
  const isPart = (tensor: Tensor): boolean => {
    const [reader, ...more] = readers.get(tensor) ?? [];
    return reader?.op === "add" && more.length === 0;
  };
  return rewrite(graph, (node, _, now) => {
    const [whole] = node.outputs as readonly [Tensor];
    if (node.op !== "add" || whole.rank !== 2 || isPart(whole)) return undefined;
    const terms = termsOf(node, isPart);
    const products = terms.filter(isProduct);
    if (products.length < 3) return undefined;
    const operand = (i: number): Tensor =>
      concat(
        products.map(({ node }) => now(node.inputs[i] as Tensor)),
        1 - i,
      );
    const rest = terms.filter((term) => !products.includes(term)).map(now);
    return [rest.reduce((sum, term) => sum.add(term), operand(0).matmul(operand(1)))];
  });
}

function termsOf(sum: Node, isPart: (tensor: Tensor) => boolean): readonly Tensor[] {
  return sum.inputs.flatMap((term) =>
    term.node.op === "add" && term.rank === 2 && isPart(term) ? termsOf(term.node, isPart) : [term],
  );
}

/** A plain product of matrices that is no bias away from one. */
function isProduct(term: Tensor): boolean {
  if (term.node.op !== "matmul" || term.rank !== 2) return false;
  const { transposeA, transposeB, alpha } = term.node.attrs as OpAttrs["matmul"];
  return !transposeA && !transposeB && alpha === 1;
}
