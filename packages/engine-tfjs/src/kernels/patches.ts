import type { Conv2dAttrs, Shape } from "@gmem/tensor";
import type { Value } from "../tensorflow.ts";
import { cut, reshaped, transposed, zeroPadded } from "./arrange.ts";
import type { Backend, Unary } from "./backend.ts";
import { product } from "./linear.ts";

/** A convolution's sizes: x [N,C,H,W], weight [O,C/groups,kh,kw], y [N,O,H′,W′]. */
export interface Sizes {
  readonly x: Shape;
  readonly weight: Shape;
  readonly y: Shape;
  readonly attrs: Conv2dAttrs;
}

/** Numbers that the three operations share: g groups, K = C/g·kh·kw products per output, L = H′W′ places. */
function numbers({ x, weight, y, attrs: { groups, stride, padding } }: Sizes) {
  const [n, c, h, w] = x as [number, number, number, number];
  const [o, cg, kh, kw] = weight as [number, number, number, number];
  const [, , rows, columns] = y as [number, number, number, number];
  const taps = Array.from({ length: kh * kw }, (_, t) => [Math.floor(t / kw), t % kw] as const);
  const [height, width] = [h + padding[0] + padding[2], w + padding[1] + padding[3]];
  // places that one tap reaches, from its first to its last
  const reach = [(rows - 1) * stride[0] + 1, (columns - 1) * stride[1] + 1] as const;
  const sizes = { n, c, h, w, o, cg, rows, columns, height, width };
  return { ...sizes, g: groups, k: cg * kh * kw, l: rows * columns, taps, reach };
}

/** x → what each output multiplies: [N,C,H,W] → [g,K,N·L], one strided slice per tap. */
function patches(backend: Backend, sizes: Sizes): Unary {
  const { n, c, g, cg, k, l, taps, reach, height, width } = numbers(sizes);
  const { stride, padding } = sizes.attrs;
  const pad = zeroPadded(backend, sizes.x, [
    [0, 0],
    [0, 0],
    [padding[0], padding[2]],
    [padding[1], padding[3]],
  ]);
  const [slice, concat] = [backend.kernel("StridedSlice"), backend.kernel("Concat")];
  const one = reshaped(backend, [n, c, ...sizes.y.slice(2)], [n * c, 1, l]);
  const order = transposed(backend, [n, g, cg, taps.length, l], [1, 2, 3, 0, 4]); // [g,C/g,T,N,L]
  const before = reshaped(backend, [n * c, taps.length, l], [n, g, cg, taps.length, l]);
  const after = reshaped(backend, [g, cg, taps.length, n, l], [g, k, n * l]);
  const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
  return (x) => {
    const full = pad(x); // [N,C,height,width]
    const parts = taps.map(([row, column]) =>
      one(
        slice(
          { x: full },
          {
            begin: [0, 0, row, column],
            end: [n, c, Math.min(height, row + reach[0]), Math.min(width, column + reach[1])],
            strides: [1, 1, ...stride],
            ...masks,
          },
        ),
      ),
    );
    const all = parts.length === 1 ? (parts[0] as Value) : concat(parts, { axis: 1 }); // [N·C,T,L]
    return after(order(before(all)));
  };
}

/** The convolution as one product per group: weight [g,O/g,K] · patches [g,K,N·L]. */
export function patchConvolution(backend: Backend, sizes: Sizes): (x: Value, weight: Value) => Value {
  const { n, o, g, k, l } = numbers(sizes);
  const take = patches(backend, sizes);
  const matrix = reshaped(backend, sizes.weight, [g, o / g, k]);
  const multiply = product(backend, { a: [g, o / g, k], b: [g, k, n * l] });
  const before = reshaped(backend, [g, o / g, n * l], [o, n, l]);
  const order = transposed(backend, [o, n, l], [1, 0, 2]);
  const after = reshaped(backend, [n, o, l], sizes.y);
  return (x, weight) => after(order(before(multiply(matrix(weight), take(x)))));
}

/** dy [N,O,H′,W′] → [g,O/g,N·L]. */
function places(backend: Backend, sizes: Sizes): Unary {
  const { n, o, g, l } = numbers(sizes);
  const before = reshaped(backend, sizes.y, [n, o, l]);
  const order = transposed(backend, [n, o, l], [1, 0, 2]);
  const after = reshaped(backend, [o, n, l], [g, o / g, n * l]);
  return (dy) => after(order(before(dy)));
}

/** dweight = dy · patchesᵀ. */
export function patchWeightGrad(backend: Backend, sizes: Sizes): (x: Value, dy: Value) => Value {
  const { n, o, g, k, l } = numbers(sizes);
  const [take, rows] = [patches(backend, sizes), places(backend, sizes)];
  const multiply = product(backend, { a: [g, o / g, n * l], b: [g, k, n * l], transposeB: true });
  const after = reshaped(backend, [g, o / g, k], sizes.weight);
  return (x, dy) => after(multiply(rows(dy), take(x)));
}

/** dx: weightᵀ · dy gives what each tap sends back; each is moved to its place, and all are added. */
export function patchInputGrad(backend: Backend, sizes: Sizes): (dy: Value, weight: Value) => Value {
  const { n, c, h, w, o, g, cg, k, l, rows, columns, height, width, taps, reach } = numbers(sizes);
  const { stride, padding } = sizes.attrs;
  const take = places(backend, sizes);
  const matrix = reshaped(backend, sizes.weight, [g, o / g, k]);
  const multiply = product(backend, { a: [g, o / g, k], b: [g, o / g, n * l], transposeA: true });
  const split = reshaped(backend, [g, k, n * l], [g * cg, taps.length, n * l]);
  const order = transposed(backend, [g * cg, 1, n, l], [2, 0, 1, 3]);
  const between = [n * c * rows, 1, columns, 1];
  const apart = zeroPadded(backend, between, [
    [0, 0],
    [0, stride[0] - 1],
    [0, 0],
    [0, stride[1] - 1],
  ]);
  const dilated = [n, c, rows * stride[0], columns * stride[1]] as const;
  const grid = reshaped(backend, [n * c * rows, stride[0], columns, stride[1]], dilated);
  const trimRows = cut(backend, dilated, { axis: 2, start: 0, end: reach[0] });
  const trimColumns = cut(backend, [n, c, reach[0], dilated[3]], { axis: 3, start: 0, end: reach[1] });
  const moves = taps.map(([row, column], t) => ({
    of: cut(backend, [c, taps.length, n * l], { axis: 1, start: t, end: t + 1 }),
    to: zeroPadded(
      backend,
      [n, c, ...reach],
      [
        [0, 0],
        [0, 0],
        [row, height - row - reach[0]],
        [column, width - column - reach[1]],
      ],
    ),
  }));
  const flat = reshaped(backend, [c, 1, n * l], [c, 1, n, l]);
  const spaced = reshaped(backend, [n, c, 1, l], between);
  const add = backend.kernel("Add");
  const insideRows = cut(backend, [n, c, height, width], { axis: 2, start: padding[0], end: padding[0] + h });
  const insideColumns = cut(backend, [n, c, h, width], { axis: 3, start: padding[1], end: padding[1] + w });
  return (dy, weight) => {
    const sent = split(multiply(matrix(weight), take(dy))); // [C,T,N·L]
    const parts = moves.map(({ of, to }) => to(trimColumns(trimRows(grid(apart(spaced(order(flat(of(sent))))))))));
    return insideColumns(insideRows(parts.reduce((a, b) => add({ a, b }))));
  };
}
