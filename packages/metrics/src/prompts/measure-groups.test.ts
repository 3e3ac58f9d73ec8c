import { key, takeRows } from "@gmem/tensor";
import { expect, it } from "vitest";
import { measure } from "../protocols/measure.ts";
import { measureGroups } from "./measure-groups.ts";

const side = (seed: number) => ({ features: key(seed).normal([60, 3]) });
const sides = { real: side(0), fake: side(1) };
const groups = {
  real: Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? "logo" : "food")),
  fake: Array.from({ length: 60 }, (_, i) => (i < 30 ? "food" : "logo")),
};

it("numbers of each group are those of its rows alone, after those of all", async () => {
  const [all, logo, food, ...rest] = await measureGroups(sides, { metrics: ["fid"], features: "mine", groups });
  expect([all?.group, logo?.group, food?.group, rest]).toEqual([undefined, "logo", "food", []]);
  const options = { metrics: ["fid"], features: "mine" } as const;
  expect(all?.results).toEqual(await measure(sides, options));
  const rows = (which: "real" | "fake") => groups[which].flatMap((name, i) => (name === "logo" ? [i] : []));
  const alone = {
    real: { features: takeRows(sides.real.features, rows("real")) },
    fake: { features: takeRows(sides.fake.features, rows("fake")) },
  };
  expect(logo?.results).toEqual(await measure(alone, options));
});

it("a group that one side lacks, and rows without a group, are refused", async () => {
  const options = { metrics: ["fid"], features: "mine" } as const;
  const renamed = { ...groups, fake: groups.fake.map((name) => (name === "logo" ? "people" : name)) };
  await expect(measureGroups(sides, { ...options, groups: renamed })).rejects.toThrow(/"people" is on one only/);
  const short = { ...groups, fake: groups.fake.slice(1) };
  await expect(measureGroups(sides, { ...options, groups: short })).rejects.toThrow(/each of 60 images, got 59/);
});
