import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { key } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import { beforeAll, expect, it } from "vitest";
import { evaluate } from "../test/evaluate.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-evaluate-config-"));
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  for (const [i, name] of ["real", "fake", "other"].entries())
    await writeSafetensors(at(`${name}.safetensors`), { pictures: key(i).uniform([40, 3, 4, 4]) });
  writeFileSync(
    at("mine.ts"),
    `const brightness: { name: string } = {
      name: "brightness",
      needs: { real: [], fake: ["features"] },
      measure: ({ fake }) => {
        const value = fake.features.data.reduce((sum, x) => sum + x, 0) / fake.features.data.length;
        const interval = { low: -Infinity, high: Infinity, method: "none" };
        return [{ metric: "brightness", value, interval, counts: { real: 0, fake: 40 }, options: {}, warnings: [] }];
      },
    };
    const grey = {
      name: "grey",
      id: "grey-1",
      widths: { features: 2 },
      async extract({ data, shape: [n] }) {
        const size = data.length / n;
        const out = Float32Array.from({ length: 2 * n }, (_, i) => data[Math.floor(i / 2) * size + (i % 2)]);
        return { features: { dtype: "f32", shape: [n, 2], data: out } };
      },
    };
    export default { metrics: [brightness], features: [grey] };`,
  );
});

const folders = (fake: string, ...more: string[]) =>
  evaluate("folders", at("real.safetensors"), at(`${fake}.safetensors`), "--no-cache", ...more);

it("metrics and extractors of a TypeScript file stand beside the built-in ones, in the report with FID against N", async () => {
  const run = (fake: string) => folders(fake, "--config", at("mine.ts"), "--out", at(fake), "--json");
  const { status, stdout, stderr } = await run("fake");
  expect(status, stderr).toBe(0);
  const { numbers } = JSON.parse(stdout);
  const names = numbers.map(({ metric }: { metric: string }) => metric);
  expect(names).toEqual(expect.arrayContaining(["FD-grey", "FD∞-grey", "brightness"]));
  const html = readFileSync(join(at("fake"), "report.html"), "utf8");
  expect(html).toContain("FD-grey against 1/N");
  expect((await run("other")).status).toBe(0);
  const compared = await evaluate("compare", at("fake"), at("other"));
  expect(compared.stdout).toMatch(/FD-grey of .*other: [+−][\d.e-]+, by cluster cluster \d+ [+−]/);
  const { shares } = JSON.parse((await evaluate("compare", at("fake"), at("other"), "--json")).stdout);
  const [{ difference, parts }] = shares[0];
  const sum = parts.reduce((total: number, part: { difference: number }) => total + part.difference, 0);
  expect(sum).toBeCloseTo(difference, 6);
});

it.each([
  ["export default 3;", /must export \{ metrics, features \}/],
  ["export default { metrcs: [] };", /must have metrics and features alone, got "metrcs"/],
  ["export default { metrics: [{ name: 'x' }] };", /metrics with a name and measure\(\), got "metrics\[0\]"/],
])("refuses %s", async (text, message) => {
  const file = at(`bad-${text.length}.ts`);
  writeFileSync(file, text);
  const { status, stderr } = await folders("fake", "--config", file);
  expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
});
