import { array } from "@gmem/tensor";
import { testMetric } from "@gmem/testing";
import { expect, it } from "vitest";
import { sharpness } from "./index.ts";

testMetric("sharpness", sharpness, { count: 6 });

it("is the mean step between neighbours of a row, not from one row to the next", async () => {
  const picture = array([0, 1, 0, 0.5, 0.5, 0.5], [1, 1, 2, 3]);
  const context = { level: 0.95, seed: 0, protocol: "adm", features: { name: "none", id: "none" } };
  const [found] = await sharpness().measure({ real: {}, fake: { pictures: () => [picture] } }, context);
  expect(found?.value).toBe(0.5);
});
