import type { NDArray } from "./array.ts";
import type { Shape } from "./aval.ts";
import { sizeOf } from "./aval.ts";
import { GMemError } from "./errors.ts";
import { philox, philoxFill } from "./philox.ts";

/**
 * A splittable key. Drawing changes nothing: the same key gives the same numbers each time, so a stream of its own is
 * `rng.split(label)`, and sample i of any batch is `rng.split(i)`.
 */
export interface Rng {
  /** An independent key for a purpose ("mask") or an index (a step, a sample id). */
  split(label: string | number): Rng;
  /** Standard normal, by Box–Muller. */
  normal(shape: Shape): NDArray<"f32">;
  /** Uniform in [0, 1), 24 bits. */
  uniform(shape: Shape): NDArray<"f32">;
  /** Uniform 32-bit words. */
  bits(count: number): Uint32Array;
  /** The numbers 0 … n−1 in random order (Fisher–Yates). */
  permutation(n: number): Int32Array;
}

/**
 * The key of a seed: an integer 0 … 2^53−1.
 * @throws {GMemError} code `CONFIG` for any other number.
 * @example
 * const noise = key(0).split("noise").normal([4, 4, 8, 8]); // the same on every machine
 */
export function key(seed: number): Rng {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new GMemError("CONFIG", `key: the seed must be an integer 0…2^53−1, got ${seed}`);
  return new PhiloxRng([seed >>> 0, Math.floor(seed / 2 ** 32)]);
}

class PhiloxRng implements Rng {
  readonly #key: readonly [number, number];
  constructor(words: readonly [number, number]) {
    this.#key = words;
  }

  split(label: string | number): Rng {
    const out = new Uint32Array(4);
    if (typeof label === "number") {
      // counter word 3 keeps the children by number, the children by name and the draws apart
      philox(out, this.#key, [label >>> 0, Math.floor(label / 2 ** 32) >>> 0, 0, 1]);
      return new PhiloxRng([out[0] as number, out[1] as number]);
    }
    const bytes = new TextEncoder().encode(label);
    let words: readonly [number, number] = this.#key;
    for (let at = 0; at <= bytes.length; at += 8) {
      const word = (offset: number): number =>
        [0, 1, 2, 3].reduce((sum, i) => sum | ((bytes[at + offset + i] ?? 0) << (8 * i)), 0) >>> 0;
      philox(out, words, [word(0), word(4), bytes.length, 2]);
      words = [out[0] as number, out[1] as number];
    }
    return new PhiloxRng(words);
  }

  bits(count: number): Uint32Array {
    const words = new Uint32Array(count);
    philoxFill(words, this.#key, [0, 0, 0, 0]);
    return words;
  }

  uniform(shape: Shape): NDArray<"f32"> {
    const bits = this.bits(sizeOf(shape));
    const data = new Float32Array(bits.buffer); // over the words, each of which is read before
    for (let i = 0; i < data.length; i++) data[i] = ((bits[i] as number) >>> 8) / 2 ** 24;
    return { dtype: "f32", shape: [...shape], data };
  }

  normal(shape: Shape): NDArray<"f32"> {
    const size = sizeOf(shape);
    const bits = this.bits(size + (size & 1));
    const data = size === bits.length ? new Float32Array(bits.buffer) : new Float32Array(size);
    for (let i = 0; i < size; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(((bits[i] as number) + 0.5) / 2 ** 32));
      const angle = (2 * Math.PI * (bits[i + 1] as number)) / 2 ** 32;
      data[i] = radius * Math.cos(angle);
      if (i + 1 < size) data[i + 1] = radius * Math.sin(angle);
    }
    return { dtype: "f32", shape: [...shape], data };
  }

  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    const bits = this.bits(2 * n);
    for (let i = n - 1; i > 0; i--) {
      const unit = ((bits[2 * i] as number) * 2 ** 21 + ((bits[2 * i + 1] as number) >>> 11)) / 2 ** 53;
      const j = Math.floor(unit * (i + 1));
      const held = order[i] as number;
      order[i] = order[j] as number;
      order[j] = held;
    }
    return order;
  }
}
