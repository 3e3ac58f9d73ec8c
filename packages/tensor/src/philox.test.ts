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

describe("philox", () => {
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
