import type { Shape } from "@gmem/tensor";

/** A view into a run of elements, counted in elements. */
export interface StridedView {
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/** Elements from the first to the last that a view touches; 0 for an empty one. */
export const reach = ({ shape, strides }: StridedView): number =>
  shape.includes(0) ? 0 : shape.reduce((sum, n, axis) => sum + (n - 1) * (strides[axis] as number), 1);

/** Strides of a contiguous array; axis 0 slowest, or fastest for Fortran order. */
export function stridesOf(shape: Shape, fortran = false): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = 0; i < shape.length; i++) {
    const axis = fortran ? i : shape.length - 1 - i;
    strides[axis] = step;
    step *= shape[axis] as number;
  }
  return strides;
}

/** True if the elements follow each other in the order of the axes. Axes of length 1 have no say. */
export function isContiguous({ shape, strides }: StridedView): boolean {
  const expected = stridesOf(shape);
  return shape.includes(0) || shape.every((n, axis) => n === 1 || strides[axis] === expected[axis]);
}

const units = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array } as const;

/** Copies the elements of a view, in the order of its axes, out of bytes that begin with its first element. */
export function gather(bytes: Uint8Array, view: StridedView, width: 1 | 2 | 4 | 8): Uint8Array {
  const { shape, strides } = view;
  if (isContiguous(view)) return bytes;
  const make = units[width];
  const from = new make(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / width);
  const into = new make(shape.reduce((product, n) => product * n, 1));
  const index = new Uint32Array(shape.length);
  const last = shape.length - 1;
  const step = strides[last] as number;
  const run = shape[last] as number;
  let start = 0;
  for (let at = 0; at < into.length; ) {
    for (let i = 0; i < run; i++) into[at++] = from[start + i * step] as never;
    for (let axis = last - 1; axis >= 0; axis--) {
      start += strides[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      start -= (strides[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
  return new Uint8Array(into.buffer);
}
