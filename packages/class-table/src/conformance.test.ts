import { key } from "@gmem/tensor";
import { testConditioner } from "@gmem/testing";
import { conditioner } from "./index.ts";

testConditioner("class table", () => conditioner({ classes: 3, hiddenSize: 8 }), {
  batch: { index: Int32Array.of(0, 1), latents: key(4).normal([2, 1, 4, 4]), labels: Int32Array.of(2, 0) },
  requests: [undefined, { label: 2 }, { labels: [0, 1] }],
  refused: [{ label: 3 }, { label: -1 }, { labels: "all" }],
});
