import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodePng } from "@gmem/datasets/png";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { main } from "../program.ts";

const before = process.cwd();
beforeAll(async () => {
  process.chdir(mkdtempSync(join(tmpdir(), "gmem-latents-")));
  for (const [k, kind] of ["a", "b"].entries()) {
    mkdirSync(join("my pictures", kind), { recursive: true });
    for (let i = 0; i < 12; i++) {
      const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => (at * (i + 3) * (k + 5)) % 251);
      writeFileSync(join("my pictures", kind, `${i}.png`), await encodePng({ width: 16, height: 16, data }));
    }
  }
});
afterAll(() => process.chdir(before));

/** What a command prints on stdout; it must end with 0. */
async function printed(args: readonly string[]): Promise<string> {
  let heard = "";
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      heard += String(text);
      return true;
    }),
    vi.spyOn(process.stderr, "write").mockReturnValue(true),
  ];
  const code = await main(args);
  for (const spy of spies) spy.mockRestore();
  expect(code, heard).toBe(0);
  return heard;
}

/** The words of a printed command, as a shell takes them apart. */
function words(output: string, label: string): readonly string[] {
  const line = output.split("\n").find((each) => each.startsWith(`${label} `));
  expect(line, output).toMatch(new RegExp(`^${label} +gmem-train `));
  const found =
    (line as string)
      .slice(label.length)
      .trim()
      .match(/'[^']*'|\S+/g) ?? [];
  return found.slice(1).map((word) => word.replaceAll("'", ""));
}

const tiny = [
  "image.size=16",
  "encoder.clusters=8",
  "encoder.dim=8",
  "encoder.patches=500",
  "backbone.depth=1",
  "backbone.hiddenSize=32",
  "backbone.heads=2",
  "sampler.steps=2",
  "batch=8",
  "steps=2",
];

it("latents prints commands that work: what trains as it is, and what is missing for the configuration", async () => {
  const encode = ["latents", "cifar-nano", "data=my pictures", ...tiny, "--out", "my latents"];
  const without = await printed(encode);
  expect(without).toMatch(/snippets are not among them, which cifar-nano trains with/);
  const train = words(without, "train");
  expect(train.slice(-2)).toEqual(["data=my latents", "conditioner.kind=class-table"]);
  expect(await printed([...train, "name=classes"])).toMatch(/after 2 steps/);
  const again = await printed(words(without, "encode"));
  expect(again).toMatch(/snippets \[8\]/);
  const complete = words(again, "train");
  expect(complete.at(-1)).toBe("data=my latents-complete");
  expect(await printed([...complete, "name=bank"])).toMatch(/after 2 steps/);
});
