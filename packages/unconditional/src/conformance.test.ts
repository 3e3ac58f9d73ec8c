import { key } from "@gmem/tensor";
import { testConditioner } from "@gmem/testing";
import { conditioner } from "./index.ts";

testConditioner("unconditional", () => conditioner({ hiddenSize: 8 }), {
  batch: { index: Int32Array.of(0, 1), latents: key(4).normal([2, 1, 4, 4]) },
  requests: [undefined],
});
