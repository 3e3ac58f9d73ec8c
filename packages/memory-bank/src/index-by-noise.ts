import { createHash } from "node:crypto";
import { key, type NDArray, ShapeError, sizeOf } from "@gmem/tensor";
import { keyedPermutation } from "./keyed-permutation.ts";
import { normalCdf } from "./normal-cdf.ts";

/**
 * How noise z chooses a row (§4.3 ii). The paper writes i = Φ(z) for a z of many entries; these are ways to read it:
 * - `projection`: u = Φ(w·z), w a seeded vector of ±1/√n
 * - `sum`: the same with w = 1/√n
 * - `element`: u = Φ(z_element)
 * - `hash`: u from SHA-256 of z
 * - `independent`: u from the seed and the place in the batch; z is not used, as in the official code
 */
export interface IndexSpec {
  readonly kind: "projection" | "sum" | "element" | "hash" | "independent";
  /** Fixes the projection, the permutation, the hash and the independent stream. */
  readonly seed: number;
  /** For `element`; default 0. */
  readonly element?: number;
}

export const defaultIndex: IndexSpec = { kind: "projection", seed: 0 };

/**
 * Rows for noise: i = π(⌊size·u(z)⌋) with u uniform for z ~ N(0,I) and π a fixed permutation, so that each row is equally
 * likely and the order of the bank does not show in the noise.
 * @param noise [N, …], standard normal.
 * @returns N row numbers in 0 … size−1.
 * @throws {ShapeError} if `noise` has no sample axis or the bank is empty.
 * @example
 * const noise = key(0).normal([4, 4, 8, 8]);
 * indexByNoise(noise, { size: 1000, spec: { kind: "projection", seed: 0 } }); // Int32Array(4)
 */
export function indexByNoise(
  noise: NDArray<"f32">,
  { size, spec }: { readonly size: number; readonly spec: IndexSpec },
): Int32Array {
  const [samples, ...rest] = noise.shape;
  if (samples === undefined || rest.length === 0)
    throw new ShapeError("indexByNoise", "noise must be [N, …]", [noise.shape]);
  if (size < 1) throw new ShapeError("indexByNoise", "the bank must have rows", [[size]]);
  const length = sizeOf(rest);
  const uniform = uniformOf(spec, length);
  const permuted = keyedPermutation(size, spec.seed);
  return Int32Array.from({ length: samples }, (_, i) => {
    const u = uniform(noise.data.subarray(i * length, (i + 1) * length), i);
    return permuted(Math.min(Math.floor(u * size), size - 1));
  });
}

/** z of one sample [n] and its place in the batch → u ∈ [0, 1]. */
function uniformOf(spec: IndexSpec, length: number): (z: Float32Array, place: number) => number {
  const { kind, seed } = spec;
  const root = Math.sqrt(length);
  switch (kind) {
    case "projection": {
      const signs = key(seed)
        .split("projection")
        .bits(Math.ceil(length / 32));
      return (z) => {
        let total = 0;
        for (let i = 0; i < length; i++)
          total += ((signs[i >>> 5] as number) >>> (i & 31)) & 1 ? (z[i] as number) : -(z[i] as number);
        return normalCdf(total / root);
      };
    }
    case "sum":
      return (z) => normalCdf(z.reduce((total, value) => total + value, 0) / root);
    case "element": {
      const element = spec.element ?? 0;
      if (!(element >= 0 && element < length))
        throw new ShapeError("indexByNoise", `element ${element} is outside the noise`, [[length]]);
      return (z) => normalCdf(z[element] as number);
    }
    case "hash":
      return (z) => {
        const bytes = new Uint8Array(z.buffer, z.byteOffset, z.byteLength);
        const digest = createHash("sha256").update(bytes).update(String(seed)).digest();
        return (digest.readUInt32BE(0) * 2 ** 21 + (digest.readUInt32BE(4) >>> 11)) / 2 ** 53;
      };
    case "independent":
      return (_, place) => {
        const [high = 0, low = 0] = key(seed).split("independent").split(place).bits(2);
        return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
      };
  }
}
