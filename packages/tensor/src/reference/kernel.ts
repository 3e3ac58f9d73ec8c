import type { NDArray } from "../array.ts";
import { array } from "../array.ts";
import type { DType, Shape } from "../aval.ts";
import { sizeOf } from "../aval.ts";
import type { Node } from "../graph.ts";
import type { OpName } from "../op.ts";

/** A value while the interpreter computes: always float64, whatever its element type. */
export interface Value {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** Computes the data of each output of a node; their shapes are the node's. */
export type Kernel<O extends OpName> = (node: Node<O>, inputs: readonly Value[]) => readonly Float64Array[];

export const toValue = (x: NDArray): Value => ({
  dtype: x.dtype,
  shape: x.shape,
  data: x.data instanceof Float64Array ? x.data : new Float64Array(x.data),
});

/** The value in its own element type, rounded to nearest; with `f64`, floats stay as precise as they are. */
export function toArray({ dtype, shape, data }: Value, precision: "f32" | "f64"): NDArray {
  if (precision === "f64" && dtype === "f32") return array(data.slice(), shape, "f64");
  return array(dtype === "f64" ? data.slice() : data, shape, dtype);
}

/** The operand's position for each element of a shape that it broadcasts to. */
export function positions(from: Shape, to: Shape): Int32Array {
  const out = new Int32Array(sizeOf(to));
  const lead = to.length - from.length;
  const steps = to.map(() => 0);
  let step = 1;
  for (let axis = from.length - 1; axis >= 0; axis--) {
    const length = from[axis] as number;
    steps[axis + lead] = length === 1 ? 0 : step;
    step *= length;
  }
  walk(to, steps, (at, i) => {
    out[i] = at;
  });
  return out;
}

/** Visits every element of a shape in order; `at` moves by the axis's step whenever that axis's index grows by one. */
export function walk(shape: Shape, steps: readonly number[], visit: (at: number, i: number) => void): void {
  const size = sizeOf(shape);
  const rank = shape.length;
  const index = new Int32Array(rank);
  let at = 0;
  for (let i = 0; i < size; i++) {
    visit(at, i);
    for (let axis = rank - 1; axis >= 0; axis--) {
      at += steps[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      at -= (steps[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
}

/** Distance in memory between neighbours along each axis. */
export function strides(shape: Shape): number[] {
  const out: number[] = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--)
    out[axis] = (out[axis + 1] as number) * (shape[axis + 1] as number);
  return out;
}

/** The shape of one output of a node. */
export const shapeOf = (node: { readonly outputs: readonly { readonly shape: Shape }[] }, output = 0): Shape =>
  (node.outputs[output] as { readonly shape: Shape }).shape;

/** An operand of a kernel; the shape rule has checked that it is there. */
export const operand = (inputs: readonly Value[], i: number): Value => inputs[i] as Value;
