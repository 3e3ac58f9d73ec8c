import type { NDArray } from "./array.ts";
import { array } from "./array.ts";
import type { Aval, DType, Named, Shape } from "./aval.ts";
import { GraphError } from "./errors.ts";
import { avalsOf, mapNamed } from "./named.ts";
import type { OpAttrs, OpName } from "./op.ts";
import { shapes } from "./shapes.ts";

/** One application of an operation. Ids grow with creation, so ascending ids are a topological order. */
export interface Node<O extends OpName = OpName> {
  readonly id: number;
  readonly op: O;
  readonly attrs: OpAttrs[O];
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** A gradient rule that replaces what the graph below a tensor would give. */
export interface CustomVjp {
  readonly inputs: readonly Tensor[];
  /** dy → one gradient per input; `undefined` where there is none. */
  readonly vjp: (dy: Tensor) => readonly (Tensor | undefined)[];
}

/**
 * A value of a program being traced: it has a shape and a type, never data, and is never awaited. Infix-able operations
 * are methods and broadcast as in NumPy; everything else is a function.
 */
export class Tensor implements Aval {
  readonly node: Node;
  readonly index: number;
  readonly dtype: DType;
  readonly shape: Shape;
  customVjp?: CustomVjp;

  constructor(node: Node, index: number, aval: Aval) {
    this.node = node;
    this.index = index;
    this.dtype = aval.dtype;
    this.shape = aval.shape;
  }
  get rank(): number {
    return this.shape.length;
  }
  add(y: Tensor | number): Tensor {
    return binary("add", this, y);
  }
  sub(y: Tensor | number): Tensor {
    return binary("sub", this, y);
  }
  mul(y: Tensor | number): Tensor {
    return binary("mul", this, y);
  }
  div(y: Tensor | number): Tensor {
    return binary("div", this, y);
  }
  /** alpha · this · y over the last two axes; `transpose*` reads an operand with those two swapped. */
  matmul(y: Tensor, options: { transposeA?: boolean; transposeB?: boolean; alpha?: number } = {}): Tensor {
    const { transposeA = false, transposeB = false, alpha = 1 } = options;
    return apply("matmul", [this, y], { transposeA, transposeB, alpha });
  }
  /** One length may be −1: what is left. */
  reshape(shape: Shape): Tensor {
    const known = shape.reduce((size, n) => (n === -1 ? size : size * n), 1);
    const size = this.shape.reduce((product, n) => product * n, 1);
    const target = shape.map((n) => (n === -1 ? size / known : n));
    return String(target) === String(this.shape) ? this : apply("reshape", [this], { shape: target });
  }
  transpose(permutation: readonly number[]): Tensor {
    return permutation.every((axis, i) => axis === i) ? this : apply("transpose", [this], { permutation });
  }
}

let nextId = 0;

/** Applies an operation; its shape rule checks the operands. @throws {ShapeError | DTypeError} */
export function applyAll<O extends OpName>(op: O, inputs: readonly Tensor[], attrs: OpAttrs[O]): readonly Tensor[] {
  const avals = shapes[op](inputs, attrs);
  const outputs: Tensor[] = [];
  const node: Node<O> = { id: nextId++, op, attrs, inputs, outputs };
  avals.forEach((aval, i) => {
    outputs.push(new Tensor(node as unknown as Node, i, aval));
  });
  return outputs;
}

/** Applies an operation that has one output. */
export const apply = <O extends OpName>(op: O, inputs: readonly Tensor[], attrs: OpAttrs[O]): Tensor =>
  applyAll(op, inputs, attrs)[0] as Tensor;

/** A constant of the graph. */
export const constant = (value: NDArray): Tensor => apply("constant", [], { value });

/** A scalar constant of the given element type. */
export const scalar = (value: number, dtype: DType = "f32"): Tensor => constant(array([value], [], dtype));

type BinaryOp = "add" | "sub" | "mul" | "div" | "maximum" | "minimum" | "less" | "greater" | "equal";

/** An element-wise operation of two operands, broadcast as in NumPy; numbers become scalars of the other operand's type. */
export function binary(op: BinaryOp, a: Tensor | number, b: Tensor | number): Tensor {
  const dtype = typeof a === "number" ? (typeof b === "number" ? "f32" : b.dtype) : a.dtype;
  const x = typeof a === "number" ? scalar(a, dtype) : a;
  const y = typeof b === "number" ? scalar(b, dtype) : b;
  const left = withoutBroadcast(x, y);
  return apply(op, [left, withoutBroadcast(y, left)], {});
}

/** An explicit broadcast that the operation would do by itself is dropped: it would cost a full-size copy. */
function withoutBroadcast(x: Tensor, other: Tensor): Tensor {
  const source = x.node.op === "broadcast" ? x.node.inputs[0] : undefined;
  if (!source) return x;
  const shape = x.shape;
  const covered = shape.length <= other.rank && shape.every((n, i) => n === other.shape[other.rank - shape.length + i]);
  return covered ? source : x;
}

/** A closed, immutable program. After a run, `nextState[k]` has replaced `state[k]` on the device. */
export interface Graph {
  readonly feeds: Named<Aval>;
  readonly state: Named<Aval>;
  /** The tensors that stand for feeds and state in `nodes`. */
  readonly inputs: { readonly feeds: Named<Tensor>; readonly state: Named<Tensor> };
  readonly fetches: Named<Tensor>;
  readonly nextState: Named<Tensor>;
  /** Everything that fetches and nextState need, in execution order. */
  readonly nodes: readonly Node[];
}

export interface TraceInputs {
  readonly feeds: Named<Tensor>;
  readonly state: Named<Tensor>;
}

/** An input tensor; {@link trace} makes them for you. */
function input(name: string, role: "feed" | "state", { dtype, shape }: Aval): Tensor {
  const outputs: Tensor[] = [];
  const node: Node<"input"> = { id: nextId++, op: "input", attrs: { name, role }, inputs: [], outputs };
  outputs.push(new Tensor(node as unknown as Node, 0, { dtype, shape: [...shape] }));
  return outputs[0] as Tensor;
}

/**
 * Runs a function on tensors and returns the program it describes.
 * @throws {GraphError} if `nextState` names what is not in `state` or changes its shape.
 * @example
 * const graph = trace({ feeds: { x: f32(2, 3) } }, ({ feeds }) => ({ fetches: { y: feeds.x.mul(2) } }));
 */
export function trace<F extends Named<Aval>, S extends Named<Aval> = Record<never, never>>(
  avals: { readonly feeds: F; readonly state?: S },
  program: (inputs: { feeds: { readonly [K in keyof F]: Tensor }; state: { readonly [K in keyof S]: Tensor } }) => {
    readonly fetches: Named<Tensor>;
    readonly nextState?: Named<Tensor>;
  },
): Graph {
  const state = (avals.state ?? {}) as Named<Aval>;
  const inputs: TraceInputs = {
    feeds: mapNamed(avals.feeds, (aval, name) => input(name, "feed", aval)),
    state: mapNamed(state, (aval, name) => input(name, "state", aval)),
  };
  const { fetches, nextState = {} } = program(inputs as Parameters<typeof program>[0]);
  return makeGraph(inputs, fetches, nextState);
}

/** Closes a program over its inputs: collects the nodes that the results need. */
export function makeGraph(inputs: TraceInputs, fetches: Named<Tensor>, nextState: Named<Tensor>): Graph {
  for (const [name, next] of Object.entries(nextState)) {
    const old = inputs.state[name];
    if (!old) throw new GraphError("trace", "nextState must name entries of state", `"${name}"`);
    if (String(old.shape) !== String(next.shape) || old.dtype !== next.dtype)
      throw new GraphError(
        "trace",
        `nextState "${name}" must keep ${old.dtype} [${old.shape}]`,
        `${next.dtype} [${next.shape}]`,
      );
  }
  const known = new Set([...Object.values(inputs.feeds), ...Object.values(inputs.state)].map((tensor) => tensor.node));
  const nodes = reachable([...Object.values(fetches), ...Object.values(nextState)]);
  const stray = nodes.find((node) => node.op === "input" && !known.has(node));
  if (stray)
    throw new GraphError(
      "trace",
      "a program may only use its own inputs",
      `"${(stray.attrs as OpAttrs["input"]).name}" of another trace`,
    );
  return { feeds: avalsOf(inputs.feeds), state: avalsOf(inputs.state), inputs, fetches, nextState, nodes };
}

/** The nodes that some tensors depend on, in execution order; `above` leaves out all up to that id. */
export function reachable(tensors: readonly Tensor[], above = -1): readonly Node[] {
  const found = new Set<Node>();
  const pending = tensors.map((tensor) => tensor.node);
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (node.id <= above || found.has(node)) continue;
    found.add(node);
    for (const source of node.inputs) pending.push(source.node);
  }
  return [...found].sort((a, b) => a.id - b.id);
}
