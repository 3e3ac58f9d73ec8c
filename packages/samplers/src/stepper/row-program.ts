import { array, evaluate, type Graph, type Named, type Node, sizeOf, type Tensor } from "@gmem/tensor";

/** A graph on the host: feeds by name → fetches by name. */
export type RowProgram = (feeds: Named<Float32Array>) => Named<Float32Array>;

type Loop = (out: Float32Array, a: Float32Array, b: Float32Array) => void;

/** 0 where one element stands for all. */
const stride = ({ length }: Float32Array): 0 | 1 => (length === 1 ? 0 : 1);
const at = (x: Float32Array, i: number): number => x[i] as number;

/** Stores are rounded to float32: the bits of a device. Each has a loop of its own, which engines compile to machine code. */
const loops: Readonly<Partial<Record<Node["op"], Loop>>> = {
  add(out, a, b) {
    const [p, q] = [stride(a), stride(b)];
    for (let i = 0; i < out.length; i++) out[i] = at(a, i * p) + at(b, i * q);
  },
  sub(out, a, b) {
    const [p, q] = [stride(a), stride(b)];
    for (let i = 0; i < out.length; i++) out[i] = at(a, i * p) - at(b, i * q);
  },
  mul(out, a, b) {
    const [p, q] = [stride(a), stride(b)];
    for (let i = 0; i < out.length; i++) out[i] = at(a, i * p) * at(b, i * q);
  },
  div(out, a, b) {
    const [p, q] = [stride(a), stride(b)];
    for (let i = 0; i < out.length; i++) out[i] = at(a, i * p) / at(b, i * q);
  },
  neg(out, a) {
    for (let i = 0; i < out.length; i++) out[i] = -at(a, i);
  },
  sqrt(out, a) {
    for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(at(a, i));
  },
  reciprocal(out, a) {
    for (let i = 0; i < out.length; i++) out[i] = 1 / at(a, i);
  },
  reshape: (out, a) => out.set(a),
};

/**
 * A graph of sums, products, quotients and roots of rows and numbers as loops over float32, each value rounded as on a device;
 * equal bits to `evaluate` with `rounded`, which computes graphs of anything else.
 */
export function rowProgram(graph: Graph): RowProgram {
  const isPlain = graph.nodes.every(
    (node) => node.op === "input" || node.op === "constant" || (loops[node.op] !== undefined && fits(node)),
  );
  return isPlain ? inLoops(graph) : interpreted(graph);
}

/** True where operands are as large as the result, or one number. */
function fits({ inputs, outputs: [out] }: Node): boolean {
  const size = sizeOf((out as Tensor).shape);
  return out?.dtype === "f32" && inputs.every(({ shape }) => sizeOf(shape) === size || sizeOf(shape) === 1);
}

function inLoops({ nodes, inputs, fetches }: Graph): RowProgram {
  const wanted = new Set(Object.values(fetches));
  const kept = new Map<Tensor, Float32Array>();
  for (const node of nodes) {
    const [out] = node.outputs as [Tensor];
    if (node.op === "constant") kept.set(out, Float32Array.from((node as Node<"constant">).attrs.value.data));
    else if (node.op !== "input" && !wanted.has(out)) kept.set(out, new Float32Array(sizeOf(out.shape)));
  }
  const work = nodes.filter(({ op }) => op !== "input" && op !== "constant");
  return (feeds) => {
    const values = new Map(Object.entries(inputs.feeds).map(([name, tensor]) => [tensor, feeds[name] as Float32Array]));
    const of = (tensor: Tensor | undefined): Float32Array =>
      (tensor && (values.get(tensor) ?? kept.get(tensor))) as Float32Array;
    for (const { op, inputs: operands, outputs } of work) {
      const [out] = outputs as [Tensor];
      const result = kept.get(out) ?? new Float32Array(sizeOf(out.shape)); // what is fetched is not written over
      (loops[op] as Loop)(result, of(operands[0]), of(operands[1]));
      values.set(out, result);
    }
    return Object.fromEntries(Object.entries(fetches).map(([name, tensor]) => [name, of(tensor)]));
  };
}

function interpreted(graph: Graph): RowProgram {
  return (feeds) => {
    const arrays = Object.entries(graph.feeds).map(([name, { shape }]) => [
      name,
      array(feeds[name] as Float32Array, shape),
    ]);
    const { fetches } = evaluate(graph, Object.fromEntries(arrays), {}, { rounded: true });
    return Object.fromEntries(Object.entries(fetches).map(([name, { data }]) => [name, data as Float32Array]));
  };
}
