import { GMemError, key } from "@gmem/tensor";
import { MersenneTwister } from "./mersenne-twister.ts";

/** Whose random numbers: numpy's legacy RandomState, PyTorch's generator on the CPU, or the keys of this library. */
export type Generator = "numpy" | "torch" | "gmem";

/** Orders that are drawn one after the other, as another program draws them from one seed. */
export interface Draws {
  /** The numbers 0 … n−1 in random order: `RandomState.permutation(n)`, `torch.randperm(n)`. */
  permutation(n: number): Int32Array;
  /** `size` of the numbers 0 … n−1, none twice: `RandomState.choice(n, size, replace=False)`, `torch.randperm(n)[:size]`. */
  choice(n: number, size: number): Int32Array;
}

/**
 * Opens a generator at a seed. What it draws is what the other program draws after `RandomState(seed)`,
 * `numpy.random.seed(seed)` or `torch.manual_seed(seed)`, call by call.
 * @throws {GMemError} code `CONFIG` for a seed that is no whole number from 0 to 2³² − 1; from `choice`: `DATA` for more
 * numbers than there are.
 * @example
 * openDraws("numpy", 2020).permutation(5); // 3, 1, 2, 4, 0, as numpy.random.RandomState(2020).permutation(5)
 */
export function openDraws(generator: Generator, seed: number): Draws {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new GMemError("CONFIG", `openDraws: seed must be a whole number from 0 to 2^32 − 1, got ${seed}`);
  const permutation = orders[generator](seed);
  return {
    permutation,
    choice(n, size) {
      if (!(Number.isInteger(size) && size >= 1 && size <= n))
        throw new GMemError("DATA", `choice: cannot take ${size} of ${n} without repetition`);
      return permutation(n).slice(0, size);
    },
  };
}

const orders: Readonly<Record<Generator, (seed: number) => (n: number) => Int32Array>> = {
  numpy: (seed) => {
    const words = new MersenneTwister(seed);
    return (n) =>
      shuffled(n, (order) => {
        for (let i = n - 1; i > 0; i--) swap(order, i, masked(words, i));
      });
  },
  torch: (seed) => {
    const words = new MersenneTwister(seed);
    return (n) =>
      shuffled(n, (order) => {
        for (let i = 0; i < n - 1; i++) swap(order, i, i + (words.word() % (n - i)));
      });
  },
  gmem: (seed) => {
    let calls = 0;
    return (n) => key(seed).split("draws").split(calls++).permutation(n);
  },
};

function shuffled(n: number, shuffle: (order: Int32Array) => void): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  shuffle(order);
  return order;
}

function swap(order: Int32Array, i: number, j: number): void {
  const held = order[i] as number;
  order[i] = order[j] as number;
  order[j] = held;
}

/** A number in 0 … most: words are cut to its bits until one is not larger, numpy's `random_interval`. */
function masked(words: MersenneTwister, most: number): number {
  const mask = 2 ** (32 - Math.clz32(most)) - 1;
  for (;;) {
    const value = (words.word() & mask) >>> 0;
    if (value <= most) return value;
  }
}
