import type { Backbone } from "@gmem/spec";
import { testBackbone } from "@gmem/testing";
import { mixer } from "./index.ts";

const part = mixer({ patchSize: 2, depth: 2, hiddenSize: 16 });

testBackbone("mixer", () =>
  (part as (context: { latent: [number, number, number] }) => Backbone)({ latent: [3, 8, 8] }),
);
