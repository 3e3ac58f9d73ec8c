import { key } from "@gmem/tensor";
import { testBank, testConditioner } from "@gmem/testing";
import { build, compress, conditioner } from "./index.ts";

const features = key(3).normal([12, 6]);
const batch = { index: Int32Array.of(0, 5), latents: key(4).normal([2, 1, 4, 4]) };

testBank("in memory", () => build(features));
testBank("as factors", () => compress(build(features), { rank: 3 }));
testConditioner("memory bank", () => conditioner({ bank: build(features) }), {
  batch,
  requests: [undefined, { rows: [3] }, { rows: [3, 0] }, { interpolate: { a: 1, b: 2, weight: 0.5 } }],
  refused: [{ rows: [99] }, { rows: "all" }, { interpolate: { a: 1 } }, 7],
});
