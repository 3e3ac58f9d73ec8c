import { cp, mkdtemp } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type OpenTiny, openTiny } from "../test/open-tiny.ts";

let server: OpenTiny;
beforeAll(async () => {
  const shipped = dirname(createRequire(import.meta.url).resolve("@gmem/drawings/package.json"));
  const folder = join(await mkdtemp(join(tmpdir(), "gmem-drawings-")), "drawings");
  await cp(join(shipped, "model"), folder, { recursive: true });
  server = await openTiny([folder]);
});
afterAll(() => server.stop(1));

it("serves the model that ships: text, classes and sums of them share its slots", async () => {
  const ask = (body: object) => server.ask("/v1/samples?wait=true", { steps: 2, ...body });
  const answers = await Promise.all([
    ask({ text: ["a red heart", "a dog"] }),
    ask({ label: "dog", seed: 3 }),
    ask({ expression: 'dog + 0.5*"top-hat" - cat' }),
    ask({ noise: true }),
  ]);
  expect(answers.map(({ status, json }) => [status, json.images.length])).toEqual([
    [200, 2],
    [200, 1],
    [200, 1],
    [200, 1],
  ]);
  const { json } = await server.ask("/v1/runs/drawings/bank/search", { text: "a dog", k: 20 });
  expect(json.rows.map(({ label }: { label: string }) => label).some((label: string) => label.includes("dog"))).toBe(
    true,
  );
  const prompt = await server.ask("/v1/images/generations", { prompt: "a red heart", steps: 2 });
  expect(prompt.json.data).toHaveLength(1);
});
