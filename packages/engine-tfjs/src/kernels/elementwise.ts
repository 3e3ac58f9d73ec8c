import { array, type ElementwiseOp, type OpName, type Shape, sameShape, sizeOf, type Tensor } from "@gmem/tensor";
import type { Value } from "../tensorflow.ts";
import { reshaped, spread } from "./arrange.ts";
import {
  type Backend,
  type Lowering,
  type Lowerings,
  number,
  operand,
  result,
  type Step,
  type Unary,
  withoutBools,
} from "./backend.ts";
import { highestRank, lengths, padded, runs } from "./runs.ts";

/** An operation of one operand that tf has under another name. */
const unary =
  <O extends OpName>(name: string): Lowering<O> =>
  (_, backend) => {
    const run = backend.kernel(name);
    return (x) => run({ x });
  };

type Binary = (a: Value, b: Value) => Value;

/** A kernel of two operands that broadcast together; axes that broadcast alike are one. */
function broadcasting(backend: Backend, name: string, node: { readonly inputs: readonly Tensor[] }): Binary {
  const run = backend.kernel(name);
  const [a, b] = [operand(node), operand(node, 1)];
  const rank = Math.max(a.rank, b.rank);
  if (rank <= 4) return (x, y) => run({ a: x, b: y });
  const [left, right] = [padded(a.shape, rank), padded(b.shape, rank)];
  const to = left.map((n, axis) => Math.max(n, right[axis] as number));
  const groups = runs(rank, (axis) =>
    to[axis] === 1 ? undefined : left[axis] === 1 ? "a" : right[axis] === 1 ? "b" : "both",
  );
  if (groups.length > highestRank) {
    const [wideA, wideB] = [spread(backend, a, to), spread(backend, b, to)];
    const [flat, back] = [reshaped(backend, to, [sizeOf(to)]), reshaped(backend, [sizeOf(to)], to)];
    return (x, y) => back(run({ a: flat(wideA(x)), b: flat(wideB(y)) }));
  }
  const beforeA = reshaped(backend, a.shape, lengths(left, groups));
  const beforeB = reshaped(backend, b.shape, lengths(right, groups));
  const after = reshaped(backend, lengths(to, groups), to);
  return (x, y) => after(run({ a: beforeA(x), b: beforeB(y) }));
}

const arithmetic =
  <O extends OpName>(name: string): Lowering<O> =>
  (node, backend) => {
    if (result(node).dtype === "bool") backend.refuse("tf has no arithmetic of bools; cast them to i32");
    return broadcasting(backend, name, node) as Step;
  };

/** Bools are ordered as 0 and 1. */
const ordered =
  <O extends OpName>(name: string, result?: "bool"): Lowering<O> =>
  (node, backend) => {
    const run = broadcasting(backend, name, node);
    if (operand(node).dtype !== "bool") return run as Step;
    const cast = backend.kernel("Cast");
    const wide = (x: Value): Value => cast({ x }, { dtype: "int32" });
    const back: Unary = result === "bool" ? (x) => x : truth(backend, "i32");
    return (a: Value, b: Value) => back(run(wide(a), wide(b)));
  };

/** x ≠ 0. tf's own cast to bool keeps the low byte on some backends. */
function truth(backend: Backend, dtype: "f32" | "i32"): Unary {
  const run = backend.kernel("NotEqual");
  const zero = backend.keep(array([0], [], dtype));
  return (a) => run({ a, b: zero });
}

/** Bools spread as numbers. */
function wideCondition(backend: Backend, from: Shape, to: Shape): Unary {
  if (sameShape(from, to)) return (x) => x;
  const [cast, asBool] = [backend.kernel("Cast"), truth(backend, "f32")];
  const wide = spread(backend, { dtype: "f32", shape: from }, to);
  return (x) => asBool(wide(cast({ x }, { dtype: "float32" })));
}

/** Integers go through float32 in tf's Neg and Abs, which loses their low digits; a subtraction does not. */
function negated(backend: Backend): Unary {
  const run = backend.kernel("Sub");
  const zero = backend.keep(array([0], [], "i32"));
  return (b) => run({ a: zero, b });
}

/** y = 0.5x(1 + tanh(k(x + 0.044715x³))) = x·σ(2k·x(1 + 0.044715x²)). */
const gelu: Lowering<"gelu"> = (_, backend) => {
  const [add, mul, sigmoid] = [backend.kernel("Add"), backend.kernel("Multiply"), backend.kernel("Sigmoid")];
  const k = 2 * Math.sqrt(2 / Math.PI);
  const [linear, cubic] = [number(backend, k), number(backend, k * 0.044715)];
  return (x) => {
    const slope = add({ a: mul({ a: mul({ a: x, b: x }), b: cubic }), b: linear });
    return mul({ a: x, b: sigmoid({ x: mul({ a: x, b: slope }) }) });
  };
};

/** erf x = 1 − (a₁t + … + a₅t⁵)e^{−x²}, t = 1/(1 + px) for x ≥ 0 (Abramowitz and Stegun 7.1.26, error below 1.5e-7). */
const erf: Lowering<"erf"> = (node, backend) => {
  if (backend.has("Erf")) return unary<"erf">("Erf")(node, backend);
  const [add, sub, mul] = [backend.kernel("Add"), backend.kernel("Sub"), backend.kernel("Multiply")];
  const [abs, sign, neg] = [backend.kernel("Abs"), backend.kernel("Sign"), backend.kernel("Neg")];
  const [exp, reciprocal] = [backend.kernel("Exp"), backend.kernel("Reciprocal")];
  const [p, zero, one] = [number(backend, 0.3275911), number(backend, 0), number(backend, 1)];
  const series = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592].map((a) => number(backend, a));
  return (x) => {
    const t = reciprocal({ x: add({ a: mul({ a: abs({ x }), b: p }), b: one }) });
    const sum = series.reduce((value, a) => add({ a: mul({ a: value, b: t }), b: a }), zero);
    const tail = mul({ a: mul({ a: sum, b: t }), b: exp({ x: neg({ x: mul({ a: x, b: x }) }) }) });
    return mul({ a: sign({ x }), b: sub({ a: one, b: tail }) });
  };
};

/** Element-wise operations. */
export const elementwise: Lowerings<ElementwiseOp> = {
  neg: (node, backend) => {
    if (result(node).dtype === "bool") backend.refuse("tf has no arithmetic of bools; cast them to i32");
    return result(node).dtype === "i32" ? negated(backend) : unary<"neg">("Neg")(node, backend);
  },
  abs: (node, backend) => {
    if (result(node).dtype === "bool") return (x) => x;
    if (result(node).dtype === "f32") return unary<"abs">("Abs")(node, backend);
    const [minus, larger] = [negated(backend), backend.kernel("Maximum")];
    return (x) => larger({ a: x, b: minus(x) });
  },
  exp: unary<"exp">("Exp"),
  log: unary<"log">("Log"),
  sqrt: unary<"sqrt">("Sqrt"),
  reciprocal: unary<"reciprocal">("Reciprocal"),
  tanh: unary<"tanh">("Tanh"),
  erf,
  sigmoid: unary<"sigmoid">("Sigmoid"),
  sin: unary<"sin">("Sin"),
  cos: unary<"cos">("Cos"),
  gelu,
  stopGradient: () => (x) => x,
  after: () => (x) => x, // nodes run in the order of the graph
  cast: (node, backend) => {
    const [from, to] = [operand(node).dtype, node.attrs.dtype];
    if (from === to) return (x) => x;
    if (to === "bool") return truth(backend, from as "f32" | "i32");
    const run = backend.kernel("Cast");
    return (x) => run({ x }, { dtype: to === "f32" ? "float32" : "int32" });
  },
  add: arithmetic<"add">("Add"),
  sub: arithmetic<"sub">("Sub"),
  mul: arithmetic<"mul">("Multiply"),
  div: (node, backend) => {
    if (result(node).dtype !== "f32") backend.refuse("tf divides floats; cast the operands to f32");
    return arithmetic<"div">("RealDiv")(node, backend);
  },
  maximum: ordered<"maximum">("Maximum"),
  minimum: ordered<"minimum">("Minimum"),
  less: ordered<"less">("Less", "bool"),
  greater: ordered<"greater">("Greater", "bool"),
  equal: ordered<"equal">("Equal", "bool"),
  where: withoutBools((node, backend) => {
    const run = backend.kernel("Select"); // takes three operands of one shape
    const { shape } = result(node);
    const [t, e] = [spread(backend, operand(node, 1), shape), spread(backend, operand(node, 2), shape)];
    const condition = wideCondition(backend, operand(node).shape, shape);
    return (...[c, x, y]) => run({ condition: condition(c as Value), t: t(x as Value), e: e(y as Value) });
  }, 1),
};
