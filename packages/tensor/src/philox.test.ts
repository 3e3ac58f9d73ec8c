import { describe, expect, it } from "vitest";
import { philox } from "./index.ts";
import { philoxFill } from "./philox.ts";

type Words4 = readonly [number, number, number, number];

/** Known answers of Random123, kat_vectors, philox4x32 10. */
const answers: readonly (readonly [Words4, readonly [number, number], Words4])[] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

/** Ten rounds in whole numbers of any size. */
function exactly(counter: Words4, key: readonly [number, number]): number[] {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const [a, b] = [c0 * 0xd2511f53n, c2 * 0xcd9e8d57n];
    [c0, c1, c2, c3] = [(b >> 32n) ^ c1 ^ k0, b & 0xffffffffn, (a >> 32n) ^ c3 ^ k1, a & 0xffffffffn];
    [k0, k1] = [(k0 + 0x9e3779b9n) & 0xffffffffn, (k1 + 0xbb67ae85n) & 0xffffffffn];
  }
  return [c0, c1, c2, c3].map(Number);
}

describe("philox", () => {
  it("loses no bit of a product, for words at every power of two and next to it", () => {
    const words = Array.from({ length: 32 }, (_, bit) => [2 ** bit - 1, 2 ** bit, 2 ** 32 - 2 ** bit]).flat();
    const out = new Uint32Array(4);
    for (const [i, a] of words.entries())
      for (const b of words.slice(i)) {
        const key = [b, a] as const;
        const counter = [a, b, b, a] as const;
        philox(out, key, counter);
        expect([...out], `${counter}`).toEqual(exactly(counter, key));
      }
  });

  it.each(answers)("gives the known answer for counter %j", (counter, key, words) => {
    const out = new Uint32Array(4);
    philox(out, key, counter);
    expect([...out]).toEqual(words);
  });

  it("counts up through 64 bits when it fills more than a block", () => {
    const out = new Uint32Array(10);
    philoxFill(out, [3, 4], [0xffffffff, 5, 6, 7]);
    const second = new Uint32Array(4);
    philox(second, [3, 4], [0, 6, 6, 7]);
    expect([...out.subarray(4, 8)]).toEqual([...second]);
    philox(second, [3, 4], [1, 6, 6, 7]);
    expect([...out.subarray(8)]).toEqual([...second.subarray(0, 2)]);
  });
});
