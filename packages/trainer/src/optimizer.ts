import {
  abs,
  array,
  less,
  minimum,
  type Named,
  type NDArray,
  scalar,
  sqrt,
  square,
  sumSquare,
  type Tensor,
  where,
} from "@gmem/tensor";

/** AdamW with decoupled weight decay and global-norm clipping (F.5; docs/formulas.md, "AdamW"). */
export interface AdamWConfig {
  /** Peak learning rate; a schedule scales it. */
  readonly lr: number;
  readonly betas: readonly [first: number, second: number];
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Largest global gradient norm; `null` leaves gradients as they are. */
  readonly clip: number | null;
}

/** The published setting: 1e-4, betas .9/.999, no decay, clip 1. */
export const adamwDefaults: AdamWConfig = { lr: 1e-4, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0, clip: 1 };

/** What changes from step to step without a new graph: f32 scalars []. */
export interface AdamWScalars<T> {
  readonly lr: T;
  /** 1 / (1 − β₁ᵗ). */
  readonly correction1: T;
  /** 1 / √(1 − β₂ᵗ). */
  readonly correction2: T;
}

export interface AdamWInputs {
  readonly params: Named<Tensor>;
  readonly grads: Named<Tensor>;
  /** First moments m, as PyTorch's `exp_avg`; zeros at the start. */
  readonly first: Named<Tensor>;
  /** Second moments v, as PyTorch's `exp_avg_sq`; zeros at the start. */
  readonly second: Named<Tensor>;
  readonly scalars: AdamWScalars<Tensor>;
  /** A scalar that must be finite too for the step to count: the loss. */
  readonly guard?: Tensor;
  /** What the loss was multiplied by, []: gradients are divided by it, without a pass over them. */
  readonly lossScale?: Tensor;
}

export interface AdamWOutputs {
  readonly params: Named<Tensor>;
  readonly first: Named<Tensor>;
  readonly second: Named<Tensor>;
  /** Global l2 norm of the gradients before clipping, []. */
  readonly norm: Tensor;
  /** What gradients were multiplied by, min(1, clip/(norm + 1e-6)), []. */
  readonly clip: Tensor;
  /** bool []: false if the norm or the guard is not finite; then nothing changes, to the bit. */
  readonly finite: Tensor;
}

const largest = 3.4e38; // NaN and ∞ are not below it

/**
 * One AdamW step on the graph: g ← g·min(1, clip/(‖g‖ + 1e-6)); p ← p(1 − lr·λ); m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²;
 * p ← p − lr·m/(1−β₁ᵗ) / (√v/√(1−β₂ᵗ) + ε). A step whose norm is not finite leaves every tensor as it was.
 * @example
 * const update = adamw(adamwDefaults);
 * trace({ feeds: { g: f32(3), lr: f32(), c1: f32(), c2: f32() }, state: { p: f32(3), m: f32(3), v: f32(3) } }, ({ feeds, state }) => {
 *   const scalars = { lr: feeds.lr, correction1: feeds.c1, correction2: feeds.c2 };
 *   const next = update({ params: { p: state.p }, grads: { p: feeds.g }, first: { p: state.m }, second: { p: state.v }, scalars });
 *   return { fetches: { norm: next.norm }, nextState: { ...next.params, m: next.first["p"]!, v: next.second["p"]! } };
 * });
 */
export function adamw(config: AdamWConfig): (inputs: AdamWInputs) => AdamWOutputs {
  const { epsilon, weightDecay } = config;
  const [beta1, beta2] = config.betas;
  return ({ params, grads, first, second, scalars, guard, lossScale }) => {
    const scaled = globalNorm(grads); // []
    const norm = lossScale ? scaled.div(lossScale) : scaled; // []
    const clip = config.clip === null ? scalar(1) : minimum(scalar(config.clip).div(norm.add(1e-6)), 1); // []
    const finite = less(guard ? norm.add(abs(guard)) : norm, largest); // bool []
    const unlessSkipped = (value: Tensor | number, otherwise: number): Tensor =>
      where(finite, typeof value === "number" ? scalar(value) : value, scalar(otherwise));

    const keep1 = unlessSkipped(beta1, 1); // m·1 + 0·0 = m: a skipped step is the identity
    const keep2 = unlessSkipped(beta2, 1);
    const share = lossScale ? clip.div(lossScale) : clip; // []
    const take1 = unlessSkipped(share.mul(1 - beta1), 0); // (1 − β₁)·clip
    const take2 = unlessSkipped(share.mul(share).mul(1 - beta2), 0); // (1 − β₂)·clip²
    const rate = unlessSkipped(scalars.lr.mul(scalars.correction1), 0); // lr/(1 − β₁ᵗ)
    const shrink = weightDecay === 0 ? undefined : unlessSkipped(scalar(1).sub(scalars.lr.mul(weightDecay)), 1);

    const zero = scalar(0);
    const next = Object.entries(grads).map(([name, gradient]) => {
      const g = where(finite, gradient, zero); // 0·NaN is NaN: the gradient itself has to go
      const m = (first[name] as Tensor).mul(keep1).add(g.mul(take1));
      const v = (second[name] as Tensor).mul(keep2).add(square(g).mul(take2));
      const p = params[name] as Tensor;
      const denominator = sqrt(v).mul(scalars.correction2).add(epsilon);
      return { name, m, v, p: (shrink ? p.mul(shrink) : p).sub(m.mul(rate).div(denominator)) };
    });
    return {
      params: Object.fromEntries(next.map(({ name, p }) => [name, p])),
      first: Object.fromEntries(next.map(({ name, m }) => [name, m])),
      second: Object.fromEntries(next.map(({ name, v }) => [name, v])),
      norm,
      clip,
      finite,
    };
  };
}

/**
 * √Σ‖g‖² over all tensors, []. Summed in the order in which the gradients are computed: otherwise one that comes last
 * keeps the activations of all the others alive.
 */
function globalNorm(grads: Named<Tensor>): Tensor {
  const squares = Object.values(grads)
    .sort((a, b) => a.node.id - b.node.id)
    .map((g) => sumSquare(g));
  return sqrt(squares.reduce((total, s) => total.add(s), scalar(0)));
}

/**
 * The scalars of optimizer step t = 1, 2, … at a learning rate, computed in double precision.
 * @example
 * adamwScalars(adamwDefaults, { t: 1, lr: 1e-4 }).correction1.data[0]; // 1 / (1 − .9) = 10
 */
export function adamwScalars(
  config: Pick<AdamWConfig, "betas">,
  at: { readonly t: number; readonly lr: number },
): AdamWScalars<NDArray<"f32">> {
  const [beta1, beta2] = config.betas;
  return {
    lr: array([at.lr], []),
    correction1: array([1 / (1 - beta1 ** at.t)], []),
    correction2: array([1 / Math.sqrt(1 - beta2 ** at.t)], []),
  };
}
