import { key, takeRows } from "@gmem/tensor";
import { expect, it } from "vitest";
import { structuralSimilarity } from "../images/structural-similarity.ts";
import { measure } from "./measure.ts";

const [real, fake] = [key(0).uniform([5, 3, 16, 16]), key(1).uniform([5, 3, 16, 16])];

it("SSIM by a protocol is the mean over pairs by place, however either side is cut into blocks", async () => {
  const [ssim] = await measure(
    {
      real: { pictures: () => [real] },
      fake: { pictures: () => [takeRows(fake, [0, 1]), takeRows(fake, [2, 3, 4])] },
    },
    { metrics: ["ssim"], protocol: "torchmetrics" },
  );
  const values = structuralSimilarity(real, fake, { range: 1, protocol: "torchmetrics" });
  expect(ssim?.value).toBeCloseTo(values.reduce((a, b) => a + b) / 5, 12);
  expect(ssim).toMatchObject({ metric: "SSIM", counts: { real: 5, fake: 5 }, options: { windows: "torchmetrics" } });
  expect(ssim?.interval.low).toBeLessThan(ssim?.value as number);
});

it("SSIM of sides of other counts is refused, whichever is longer", async () => {
  const few = { pictures: () => [takeRows(real, [0, 1])] };
  const many = { pictures: () => [real] };
  const options = { metrics: ["ssim"], protocol: "torchmetrics" } as const;
  await expect(measure({ real: few, fake: many }, options)).rejects.toThrow(/got more/);
  await expect(measure({ real: many, fake: few }, options)).rejects.toThrow(/got fewer/);
  await expect(measure({ real: many, fake: few }, { metrics: ["ssim"] })).rejects.toThrow(/use torchmetrics$/);
});
