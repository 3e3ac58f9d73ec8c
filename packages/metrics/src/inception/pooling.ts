import { array, concat, constant, maximum, pad, slice, type Tensor } from "@gmem/tensor";

interface MaxPoolOptions {
  readonly window: number;
  readonly stride: number;
  /** Around each side; default 0. */
  readonly padding?: number;
  /** A last window that hangs over the edge counts too. */
  readonly ceil?: boolean;
}

/** PyTorch's MaxPool2d of x [N,C,H,W], windows may overlap: along the rows, then along the columns. */
export const overlappingMaxPool = (x: Tensor, options: MaxPoolOptions): Tensor =>
  maxAlong(maxAlong(x, 3, options), 2, options);

/** The edge is repeated where a window hangs over it, which changes no maximum. */
function maxAlong(x: Tensor, axis: number, { window, stride, padding = 0, ceil = false }: MaxPoolOptions): Tensor {
  const length = x.shape[axis] as number;
  const steps = (length + 2 * padding - window) / stride;
  const count = 1 + (ceil ? Math.ceil(steps) : Math.floor(steps));
  const after = Math.max(0, (count - 1) * stride + window - length - padding);
  const [first, last] = [slice(x, axis, [0, 1]), slice(x, axis, [length - 1, length])];
  const parts = [...new Array<Tensor>(padding).fill(first), x, ...new Array<Tensor>(after).fill(last)];
  const wide = concat(parts, axis);
  let best = everyNth(wide, axis, { start: 0, stride, count });
  for (let start = 1; start < window; start++) best = maximum(best, everyNth(wide, axis, { start, stride, count }));
  return best;
}

/** Elements start, start + stride, … of one axis, `count` of them. */
function everyNth(x: Tensor, axis: number, at: { start: number; stride: number; count: number }): Tensor {
  const { start, stride, count } = at;
  const length = x.shape[axis] as number;
  const end = start + count * stride;
  const cut = slice(x, axis, [start, Math.min(end, length)]);
  if (stride === 1) return cut;
  const padded = pad(
    cut,
    x.shape.map((_, i) => [0, i === axis ? Math.max(0, end - length) : 0] as const),
  );
  const grouped = padded.reshape([...x.shape.slice(0, axis), count, stride, ...x.shape.slice(axis + 1)]);
  const firsts = slice(grouped, axis + 1, [0, 1]);
  return firsts.reshape([...x.shape.slice(0, axis), count, ...x.shape.slice(axis + 1)]);
}

/** Means over 3×3 windows of x [N,C,H,W], stride 1; at the edge of the elements inside only (`count_include_pad=False`). */
export const averagePool3 = (x: Tensor): Tensor => meanAlong(meanAlong(x, 3), 2);

function meanAlong(x: Tensor, axis: number): Tensor {
  const length = x.shape[axis] as number;
  const wide = pad(
    x,
    x.shape.map((_, i): [number, number] => (i === axis ? [1, 1] : [0, 0])),
  );
  const total = [0, 1, 2].map((i) => slice(wide, axis, [i, i + length])).reduce((a, b) => a.add(b));
  const shares = Float32Array.from({ length }, (_, i) => 1 / (1 + Number(i > 0) + Number(i < length - 1)));
  return total.mul(constant(array(shares, axis === 3 ? [length] : [length, 1])));
}
