import { key } from "@gmem/tensor";
import { testEncoder } from "@gmem/testing";
import { fitPatchKmeans, patchKmeans } from "./index.ts";

testEncoder(
  "patch k-means",
  async () =>
    patchKmeans(
      await fitPatchKmeans(key(1).uniform([12, 3, 8, 8]), { dim: 4, clusters: 5, patchSize: 3, patches: 60 }),
    ),
  { imageSize: 8 },
);
