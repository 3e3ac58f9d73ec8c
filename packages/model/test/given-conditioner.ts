import type { Conditioner } from "@gmem/spec";
import { f32, type NDArray, type Tensor } from "@gmem/tensor";

/** Passes on the snippets [N,3] of a batch. */
export const conditioner: Conditioner = {
  name: "given",
  snippetDim: 3,
  output: "snippet",
  feeds: (count) => ({ snippet: f32(count, 3) }),
  init: () => ({}),
  parse: (input) => input,
  resolve: async () => ({}),
  batch: async (batch) => ({ snippet: batch.snippets as NDArray }),
  snippet: (_, { snippet }) => snippet as Tensor,
};
