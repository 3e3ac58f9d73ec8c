import { array } from "./array.ts";
import { sizeOf } from "./aval.ts";
import { apply, binary, constant, type Node, type Tensor } from "./graph.ts";
import type { OpName } from "./op.ts";
import * as ops from "./ops.ts";

/** What a gradient rule sees: the node, and dy for each output that got one. Answers with one gradient per input. */
type GradientRule<O extends OpName> = (
  node: Node<O>,
  dy: readonly (Tensor | undefined)[],
) => readonly (Tensor | undefined)[];

const a = (node: Node): Tensor => node.inputs[0] as Tensor;
const b = (node: Node): Tensor => node.inputs[1] as Tensor;
const y = (node: Node): Tensor => node.outputs[0] as Tensor;
const scalarOf = (x: Tensor, value: number): Tensor => constant(array([value], [], x.dtype));

/** No gradient, by definition: the output is not a smooth function of the input. */
const nonDifferentiable = (node: Node): readonly undefined[] => node.inputs.map(() => undefined);

/** A rule for one input, one output. */
const single =
  (rule: (dy: Tensor, node: Node) => Tensor) =>
  (node: Node, dy: readonly (Tensor | undefined)[]): readonly Tensor[] => [rule(dy[0] as Tensor, node)];

/** A rule for two operands that may have been broadcast. */
const pair =
  (rule: (dy: Tensor, node: Node) => readonly [Tensor, Tensor]) =>
  (node: Node, dy: readonly (Tensor | undefined)[]): readonly Tensor[] => {
    const [da, db] = rule(dy[0] as Tensor, node);
    return [ops.unbroadcast(da, a(node).shape), ops.unbroadcast(db, b(node).shape)];
  };

/** max and min pass the gradient to the winner, and to the second operand when they are equal. */
const extremum = (op: "less" | "greater") =>
  pair((dy, node) => {
    const first = ops.cast(binary(op, a(node), b(node)), dy.dtype);
    return [dy.mul(first), dy.sub(dy.mul(first))];
  });

/** Puts back the axes that a reduction dropped. */
const restored = (dy: Tensor, node: Node<"reduceSum" | "reduceMean" | "reduceMax" | "reduceSumSquare">): Tensor =>
  dy.reshape((node.inputs[0] as Tensor).shape.map((n, axis) => (node.attrs.axes.includes(axis) ? 1 : n)));

function matmulGradient(node: Node<"matmul">, dys: readonly (Tensor | undefined)[]): readonly Tensor[] {
  const [A, B] = node.inputs as readonly [Tensor, Tensor];
  const { transposeA, transposeB, alpha } = node.attrs;
  const dy = dys[0] as Tensor;
  if (B.rank === 2 && A.rank > 2 && !transposeA) {
    // one flat product instead of a batch of weight gradients that would be summed afterwards
    const flatA = A.reshape([-1, A.shape.at(-1) as number]);
    const flatDy = dy.reshape([-1, dy.shape.at(-1) as number]);
    const dA = flatDy.matmul(B, { transposeB: !transposeB, alpha }).reshape(A.shape);
    const dB = transposeB
      ? flatDy.matmul(flatA, { transposeA: true, alpha })
      : flatA.matmul(flatDy, { transposeA: true, alpha });
    return [dA, dB];
  }
  const dA = transposeA
    ? B.matmul(dy, { transposeA: transposeB, transposeB: true, alpha })
    : dy.matmul(B, { transposeB: !transposeB, alpha });
  const dB = transposeB
    ? dy.matmul(A, { transposeA: true, transposeB: transposeA, alpha })
    : A.matmul(dy, { transposeA: !transposeA, alpha });
  return [ops.unbroadcast(dA, A.shape), ops.unbroadcast(dB, B.shape)];
}

/** d/dx of the tanh GELU, written with the sigmoid that it equals: y = x·σ(x·p), p = k(1 + 0.044715x²). */
function geluGradient(dy: Tensor, node: Node): Tensor {
  const x = a(node);
  const k = 2 * Math.sqrt(2 / Math.PI);
  const p = ops
    .square(x)
    .mul(k * 0.044715)
    .add(k);
  const s = ops.sigmoid(x.mul(p));
  return dy.mul(
    s.add(
      y(node)
        .sub(y(node).mul(s))
        .mul(p.mul(3).sub(2 * k)),
    ),
  );
}

/** dx of x̂ = (x − mean)·rstd, and of the two statistics when a gradient's gradient asks for it. */
function layerNormGradient(
  node: Node<"layerNorm">,
  dys: readonly (Tensor | undefined)[],
): readonly (Tensor | undefined)[] {
  const [xHat, , rstd] = node.outputs as readonly [Tensor, Tensor, Tensor];
  const [dy, dMean, dRstd] = dys;
  const last = { axes: [-1], keepDims: true };
  const share = 1 / (xHat.shape.at(-1) as number);
  const parts = [
    dy && rstd.mul(dy.sub(ops.mean(dy, last)).sub(xHat.mul(ops.mean(dy.mul(xHat), last)))),
    dMean && ops.broadcast(dMean.mul(share), xHat.shape),
    dRstd && ops.neg(xHat.mul(dRstd.mul(ops.square(rstd)).mul(share))),
  ].filter((part) => part !== undefined);
  return [parts.reduce((sum, part) => sum.add(part))];
}

function concatGradient(node: Node<"concat">, [dy]: readonly (Tensor | undefined)[]): readonly Tensor[] {
  const { axis } = node.attrs;
  let start = 0;
  return node.inputs.map((part) => {
    const end = start + (part.shape[axis] as number);
    const piece = ops.slice(dy as Tensor, axis, [start, end]);
    start = end;
    return piece;
  });
}

/** dy → one gradient per operand, for every operation; `nonDifferentiable` is written down, not missing. */
export const gradients: { readonly [O in OpName]: GradientRule<O> } = {
  input: () => [],
  constant: () => [],
  neg: single(ops.neg),
  abs: single((dy, node) => {
    const [above, below] = [ops.greater(a(node), 0), ops.less(a(node), 0)];
    return dy.mul(ops.cast(above, dy.dtype).sub(ops.cast(below, dy.dtype)));
  }),
  exp: single((dy, node) => dy.mul(y(node))),
  log: single((dy, node) => dy.div(a(node))),
  sqrt: single((dy, node) => dy.mul(0.5).div(y(node))),
  reciprocal: single((dy, node) => ops.neg(dy.mul(ops.square(y(node))))),
  tanh: single((dy, node) => dy.sub(dy.mul(ops.square(y(node))))),
  erf: single((dy, node) => dy.mul(ops.exp(ops.neg(ops.square(a(node)))).mul(2 / Math.sqrt(Math.PI)))),
  sigmoid: single((dy, node) => dy.mul(y(node).sub(ops.square(y(node))))),
  sin: single((dy, node) => dy.mul(ops.cos(a(node)))),
  cos: single((dy, node) => ops.neg(dy.mul(ops.sin(a(node))))),
  gelu: single(geluGradient),
  stopGradient: nonDifferentiable,
  after: (_, [dy]) => [dy, undefined],
  cast: (node, [dy]) => [
    a(node as Node).dtype === "f32" || a(node as Node).dtype === "f64"
      ? ops.cast(dy as Tensor, a(node as Node).dtype)
      : undefined,
  ],
  add: pair((dy) => [dy, dy]),
  sub: (node, [dy]) => [
    ops.unbroadcast(dy as Tensor, a(node as Node).shape),
    ops.neg(ops.unbroadcast(dy as Tensor, b(node as Node).shape)),
  ],
  mul: pair((dy, node) => [dy.mul(b(node)), dy.mul(a(node))]),
  div: pair((dy, node) => {
    const scaled = dy.div(b(node));
    return [scaled, ops.neg(scaled.mul(y(node)))];
  }),
  maximum: extremum("greater"),
  minimum: extremum("less"),
  less: nonDifferentiable,
  greater: nonDifferentiable,
  equal: nonDifferentiable,
  where: (node, [dy]) => {
    const [condition, x, z] = node.inputs as readonly [Tensor, Tensor, Tensor];
    const zero = scalarOf(x, 0);
    return [
      undefined,
      ops.unbroadcast(ops.where(condition, dy as Tensor, zero), x.shape),
      ops.unbroadcast(ops.where(condition, zero, dy as Tensor), z.shape),
    ];
  },
  matmul: matmulGradient,
  reshape: single((dy, node) => dy.reshape(a(node).shape)),
  transpose: (node, [dy]) => {
    const inverse: number[] = [];
    node.attrs.permutation.forEach((axis, i) => {
      inverse[axis] = i;
    });
    return [(dy as Tensor).transpose(inverse)];
  },
  broadcast: single((dy, node) => ops.unbroadcast(dy, a(node).shape)),
  concat: concatGradient,
  slice: (node, [dy]) => {
    const { axis, start, end } = node.attrs;
    const x = node.inputs[0] as Tensor;
    return [
      ops.pad(
        dy as Tensor,
        x.shape.map((n, i): readonly [number, number] => (i === axis ? [start, n - end] : [0, 0])),
      ),
    ];
  },
  pad: (node, [dy]) => {
    const { before } = node.attrs;
    const x = node.inputs[0] as Tensor;
    return [
      x.shape.reduce((d, n, i) => ops.slice(d, i, [before[i] as number, (before[i] as number) + n]), dy as Tensor),
    ];
  },
  split: (node, dys) => [
    ops.concat(
      dys.map(
        (dy, i) => dy ?? ops.broadcast(scalarOf(node.outputs[i] as Tensor, 0), (node.outputs[i] as Tensor).shape),
      ),
      node.attrs.axis,
    ),
  ],
  reduceSum: (node, [dy]) => [ops.broadcast(restored(dy as Tensor, node), (node.inputs[0] as Tensor).shape)],
  reduceMean: (node, [dy]) => {
    const x = node.inputs[0] as Tensor;
    const share = sizeOf((node.outputs[0] as Tensor).shape) / sizeOf(x.shape);
    return [ops.broadcast(restored((dy as Tensor).mul(share), node), x.shape)];
  },
  reduceMax: (node, [dy]) => {
    // equal maxima share the gradient
    const x = node.inputs[0] as Tensor;
    const top = ops.cast(ops.equal(x, restored(node.outputs[0] as Tensor, node)), x.dtype);
    return [top.mul(restored(dy as Tensor, node).div(ops.sum(top, { axes: node.attrs.axes, keepDims: true })))];
  },
  reduceSumSquare: (node, [dy]) => [(node.inputs[0] as Tensor).mul(restored(dy as Tensor, node).mul(2))],
  gather: (node, [dy]) => {
    const [table, indices] = node.inputs as readonly [Tensor, Tensor];
    return [ops.scatterAdd(indices, dy as Tensor, table.shape[0] as number), undefined];
  },
  scatterAdd: (node, [dy]) => [undefined, ops.gather(dy as Tensor, node.inputs[0] as Tensor)],
  softmax: single((dy, node) => {
    const weighted = dy.mul(y(node));
    return weighted.sub(y(node).mul(ops.sum(weighted, { axes: [-1], keepDims: true })));
  }),
  layerNorm: layerNormGradient,
  conv2d: (node, [dy]) => {
    const [x, weight] = node.inputs as readonly [Tensor, Tensor];
    return [
      apply("conv2dInputGrad", [dy as Tensor, weight], { ...node.attrs, inputShape: x.shape }),
      apply("conv2dWeightGrad", [x, dy as Tensor], { ...node.attrs, weightShape: weight.shape }),
    ];
  },
  conv2dInputGrad: (node, [d]) => {
    const [dy, weight] = node.inputs as readonly [Tensor, Tensor];
    const { stride, padding, groups } = node.attrs;
    return [
      apply("conv2d", [d as Tensor, weight], { stride, padding, groups }),
      apply("conv2dWeightGrad", [d as Tensor, dy], { stride, padding, groups, weightShape: weight.shape }),
    ];
  },
  conv2dWeightGrad: (node, [d]) => {
    const [x, dy] = node.inputs as readonly [Tensor, Tensor];
    const { stride, padding, groups } = node.attrs;
    return [
      apply("conv2dInputGrad", [dy, d as Tensor], { stride, padding, groups, inputShape: x.shape }),
      apply("conv2d", [x, d as Tensor], { stride, padding, groups }),
    ];
  },
  topK: nonDifferentiable,
  argMax: nonDifferentiable,
};
