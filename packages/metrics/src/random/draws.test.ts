import { describe, expect, it } from "vitest";
import { openDraws } from "./draws.ts";

/** Orders of 5 and 13, 7 of 1,000, the first 6 of 20,000, and an order of 3, drawn one after the other. */
const drawn = (generator: "numpy" | "torch" | "gmem", seed: number): readonly (readonly number[])[] => {
  const draws = openDraws(generator, seed);
  const orders = [draws.permutation(5), draws.permutation(13), draws.choice(1000, 7), draws.permutation(20000)];
  return [...orders.map((order) => [...order.slice(0, 13)]), [...draws.permutation(3)]];
};

describe("draws of another program", () => {
  it("are those of numpy.random.RandomState(2020), call by call", () => {
    // numpy 2.4.6: r.permutation(5), r.permutation(13), r.choice(1000, 7, replace=False), r.permutation(20000), r.permutation(3)
    expect(drawn("numpy", 2020)).toEqual([
      [3, 1, 2, 4, 0],
      [4, 6, 5, 12, 1, 2, 10, 9, 0, 8, 7, 3, 11],
      [137, 453, 833, 133, 292, 926, 471],
      expect.arrayContaining([13711, 7553, 19390, 17050, 4946, 6242]),
      [0, 1, 2],
    ]);
  });
  it("are those of torch.manual_seed(7) and torch.randperm", () => {
    // torch 2.14.1
    expect(drawn("torch", 7)).toEqual([
      [0, 1, 3, 2, 4],
      [3, 4, 2, 12, 8, 6, 9, 1, 11, 10, 0, 7, 5],
      [666, 875, 547, 180, 544, 965, 121],
      expect.arrayContaining([14203, 8171, 10645, 11086, 7710, 816]),
      [1, 0, 2],
    ]);
  });
  it("are permutations, other ones each time, with the library's own keys too", () => {
    const draws = openDraws("gmem", 3);
    const [first, second] = [draws.permutation(50), draws.permutation(50)];
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(second).not.toEqual(first);
    expect(openDraws("gmem", 3).permutation(50)).toEqual(first);
  });
  it("refuses seeds that the original cannot have, and more numbers than there are", () => {
    expect(() => openDraws("numpy", -1)).toThrow(expect.objectContaining({ code: "CONFIG" }));
    expect(() => openDraws("numpy", 1).choice(3, 4)).toThrow(expect.objectContaining({ code: "DATA" }));
  });
});
