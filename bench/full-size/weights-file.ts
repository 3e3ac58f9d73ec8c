import { type Aval, array, key, type Named, type NDArray, sizeOf } from "@gmem/tensor";
import { SafetensorsWriter } from "@gmem/weights";

/** Elements written at a time; no power of two, so that rows of a weight differ. */
const tile = 1_000_003;

/**
 * Writes tensors of these shapes: weights uniform with variance 1 over their inputs, gains and variances near 1, biases near
 * 0. The same numbers over and over, scaled, since a network's speed does not depend on them.
 */
export async function writeWeights(path: string, parameters: Named<Aval>): Promise<void> {
  const base = key(3)
    .uniform([tile])
    .data.map((value) => 2 * value - 1);
  const writer = await SafetensorsWriter.create(path, parameters);
  for (const [name, aval] of Object.entries(parameters)) {
    const { scale, shift } = spread(name, aval);
    const values = base.map((value) => scale * value + shift);
    await writer.append(name, repeated(values, aval));
  }
  await writer.close();
}

/** Values spread over shift ± scale. */
function spread(name: string, { shape }: Aval): { readonly scale: number; readonly shift: number } {
  const inputs = sizeOf(shape) / (shape[0] ?? 1);
  if (shape.length > 1) return { scale: Math.sqrt(3 / inputs), shift: 0 };
  return { scale: 0.05, shift: /(weight|gamma|running_var)$/.test(name) ? 1 : 0 };
}

function repeated(values: Float32Array, { shape }: Aval): NDArray {
  const data = new Float32Array(sizeOf(shape));
  for (let at = 0; at < data.length; at += tile) data.set(values.subarray(0, data.length - at), at);
  return array(data, shape);
}
