import { broadcast, concat, pad, slice, split } from "@gmem/tensor";
import type { OpCase } from "./op-case.ts";
import { spread } from "./spread.ts";

type Layout = "reshape" | "transpose" | "broadcast" | "concat" | "slice" | "pad" | "split";

/** Operations that only move elements. */
export const layoutCases: { readonly [O in Layout]: readonly OpCase[] } = {
  reshape: [
    { name: "[2,6] → [3,4]", inputs: [spread([2, 6])], build: (x) => x.reshape([3, -1]) },
    { name: "to a scalar", inputs: [spread([1, 1])], build: (x) => x.reshape([]) },
  ],
  transpose: [
    { name: "[2,3]", inputs: [spread([2, 3])], build: (x) => x.transpose([1, 0]) },
    { name: "[2,3,4,5]", inputs: [spread([2, 3, 4, 5])], build: (x) => x.transpose([2, 0, 3, 1]) },
  ],
  broadcast: [
    { name: "[3,1] → [2,3,4]", inputs: [spread([3, 1])], build: (x) => broadcast(x, [2, 3, 4]) },
    { name: "a number", inputs: [spread([])], build: (x) => broadcast(x, [2, 2]) },
  ],
  concat: [
    { name: "axis 0", inputs: [spread([2, 3]), spread([1, 3], 3, 4)], build: (a, b) => concat([a, b], 0) },
    {
      name: "three along axis −1",
      inputs: [spread([2, 3]), spread([2, 1], 3, 4), spread([2, 2], 5, 6)],
      build: (...parts) => concat(parts, -1),
    },
  ],
  slice: [
    { name: "axis 0", inputs: [spread([5, 2])], build: (x) => slice(x, 0, [1, 3]) },
    { name: "axis 1", inputs: [spread([2, 5, 2])], build: (x) => slice(x, 1, [2, 5]) },
  ],
  pad: [
    {
      name: "uneven",
      inputs: [spread([2, 3])],
      build: (x) =>
        pad(x, [
          [1, 0],
          [2, 3],
        ]),
    },
  ],
  split: [
    { name: "all parts", inputs: [spread([2, 6])], build: (x) => split(x, 3, 1) },
    { name: "one part of three", inputs: [spread([6, 2])], build: (x) => split(x, 3, 0).slice(1, 2) },
  ],
};
