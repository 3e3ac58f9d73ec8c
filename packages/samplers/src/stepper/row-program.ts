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

/** One loop, with the places of what it reads and writes. */
interface Line {
  readonly loop: Loop;
  readonly a: number;
  readonly b: number;
  readonly out: number;
  /** Of a result that is fetched: it is new each time, not written over. */
  readonly size: number | undefined;
}

/** Everything is found beforehand: a call makes the arrays that are fetched, and nothing else. */
function inLoops({ nodes, inputs, fetches }: Graph): RowProgram {
  const wanted = new Set(Object.values(fetches));
  const places = new Map<Tensor | undefined, number>([[undefined, 0]]);
  const values: Float32Array[] = [new Float32Array(0)]; // at 0 what a loop of one operand does not read
  const place = (tensor: Tensor, value = new Float32Array(0)): number => {
    places.set(tensor, values.length);
    return values.push(value) - 1;
  };
  const fed = Object.entries(inputs.feeds).map(([name, tensor]) => ({ name, at: place(tensor) }));
  const lines: Line[] = [];
  for (const { op, inputs: operands, outputs, ...node } of nodes) {
    const [out] = outputs as [Tensor];
    if (op === "input") continue;
    if (op === "constant") {
      place(out, Float32Array.from((node as Node<"constant">).attrs.value.data));
      continue;
    }
    const size = sizeOf(out.shape);
    const [a, b] = [operands[0], operands[1]].map((one) => places.get(one) as number) as [number, number];
    const own = wanted.has(out) ? { size } : { size: undefined };
    lines.push({ loop: loops[op] as Loop, a, b, out: place(out, new Float32Array(size)), ...own });
  }
  const given = Object.entries(fetches).map(([name, tensor]) => ({ name, at: places.get(tensor) as number }));
  const of = (at: number): Float32Array => values[at] as Float32Array;
  return (feeds) => {
    for (const { name, at: to } of fed) values[to] = feeds[name] as Float32Array;
    for (const { loop, a, b, out, size } of lines) {
      if (size !== undefined) values[out] = new Float32Array(size);
      loop(of(out), of(a), of(b));
    }
    const found: Record<string, Float32Array> = {};
    for (const { name, at: from } of given) found[name] = of(from);
    return found;
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
