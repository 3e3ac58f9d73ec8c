import { key } from "@gmem/tensor";

const rounds = 4;

/**
 * A permutation of 0 … size−1 fixed by a seed, without a table: a Feistel network on the next power of four, walked until
 * it lands inside (Black & Rogaway 2002). It breaks the link between the order of the bank and the noise.
 * @example
 * const order = keyedPermutation(3, 7);
 * [order(0), order(1), order(2)].sort(); // 0, 1, 2
 */
export function keyedPermutation(size: number, seed: number): (index: number) => number {
  let half = 0;
  while (4 ** half < size) half++;
  if (half === 0) return (index) => index;
  const mask = 2 ** half - 1;
  const keys = key(seed).split("permutation").bits(rounds);
  const mix = (value: number, round: number): number => {
    let h = (value ^ (keys[round] as number)) >>> 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return ((h ^ (h >>> 16)) >>> 0) & mask;
  };
  const shuffle = (index: number): number => {
    let left = Math.floor(index / 2 ** half);
    let right = index & mask;
    for (let round = 0; round < rounds; round++) [left, right] = [right, (left ^ mix(right, round)) >>> 0];
    return left * 2 ** half + right;
  };
  return (index) => {
    let at = shuffle(index);
    while (at >= size) at = shuffle(at);
    return at;
  };
}
