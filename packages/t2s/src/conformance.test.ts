import type { TextEncoder } from "@gmem/spec";
import { key, stack } from "@gmem/tensor";
import { testConditioner } from "@gmem/testing";
import { expect } from "vitest";
import { conditioner } from "./index.ts";

const vectorOf = (text: string) => key(text.length).normal([6]);
const textEncoder: TextEncoder = {
  name: "lengths",
  id: "lengths",
  dim: 6,
  tokens: () => expect.fail("t2s takes whole texts"),
  encode: async (texts) => stack(texts.map(vectorOf)),
};

testConditioner("t2s", () => conditioner({ textEncoder, snippetDim: 4, hidden: 5 }), {
  batch: { index: Int32Array.of(0, 1), latents: key(4).normal([2, 1, 4, 4]), texts: key(5).normal([2, 6]) },
  requests: [{ text: "a red circle" }, { text: ["one", "three"] }, { vectors: [[1, 2, 3, 4, 5, 6]] }],
  refused: [
    { text: 3 },
    { text: [] },
    { text: ["a", null] },
    { vectors: [[1, 2]] },
    { vectors: [[1, 2, 3, 4, 5, null]] },
    { text: "a", vectors: [[1, 2, 3, 4, 5, 6]] },
    { label: 3 },
    "a red circle",
  ],
});
