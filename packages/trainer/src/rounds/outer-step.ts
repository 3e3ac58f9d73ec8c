/** The step that joins the parts of a round (DiLoCo, arXiv 2311.08105): SGD with Nesterov momentum on the mean of what they moved. */
export interface OuterConfig {
  readonly lr: number;
  readonly momentum: number;
}

/** The published setting. */
export const outerDefaults: OuterConfig = { lr: 0.7, momentum: 0.9 };

/** Parameters and momentum between two rounds, flat. */
export interface OuterState {
  readonly model: Float32Array;
  /** Zeros before the first round. */
  readonly velocity: Float32Array;
}

/**
 * One outer step: Δ = (1/W) Σᵢ (θ − θᵢ); v ← μv + Δ; θ ← θ − η(Δ + μv). Added up in float64, in the order given: the result
 * depends on the parts alone, and not on who made them or when.
 * @param ends θᵢ, where each part of the round ended; as long as θ.
 * @example
 * const before = { model: Float32Array.of(1), velocity: Float32Array.of(0) };
 * await outerStep(before, [Float32Array.of(0.8), Float32Array.of(0.6)], { lr: 0.5, momentum: 0 }); // model: [0.85]
 */
export async function outerStep(
  { model, velocity }: OuterState,
  ends: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  { lr, momentum }: OuterConfig = outerDefaults,
): Promise<OuterState> {
  const { sum, count } = await sumOf(ends, model.length);
  const next = { model: new Float32Array(model.length), velocity: new Float32Array(model.length) };
  for (let k = 0; k < model.length; k++) {
    const theta = model[k] as number;
    const delta = theta - (sum[k] as number) / count;
    const v = Math.fround(momentum * (velocity[k] as number) + delta);
    next.velocity[k] = v;
    next.model[k] = theta - lr * (delta + momentum * v);
  }
  return next;
}

/** The mean of flat arrays, added up in float64 in their order. */
export async function meanOf(
  arrays: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  length: number,
): Promise<Float32Array> {
  const { sum, count } = await sumOf(arrays, length);
  return Float32Array.from(sum, (total) => total / count);
}

async function sumOf(arrays: AsyncIterable<Float32Array> | Iterable<Float32Array>, length: number) {
  const sum = new Float64Array(length);
  let count = 0;
  for await (const array of arrays) {
    for (let k = 0; k < length; k++) sum[k] = (sum[k] as number) + (array[k] as number);
    count++;
  }
  return { sum, count };
}
