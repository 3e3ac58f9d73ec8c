import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { array, key } from "@gmem/tensor";
import { readNpz, writeSafetensors } from "@gmem/weights";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluate, type Finished } from "../test/evaluate.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-evaluate-"));
const at = (...path: string[]): string => join(folder, ...path);

const folders = (...more: string[]): Promise<Finished> =>
  evaluate("folders", at("real.safetensors"), at("fake.safetensors"), "--cache", at("cache"), ...more);

beforeAll(async () => {
  for (const [i, name] of ["real", "fake"].entries())
    await writeSafetensors(at(`${name}.safetensors`), { pictures: key(i).uniform([18, 3, 8, 8]) });
});

describe("gmem-evaluate folders", () => {
  it("prints numbers with intervals, what is left out and which file would bring it; the second time from the cache", async () => {
    const first = await folders("--metrics", "prdc");
    expect(first).toMatchObject({ status: 0 });
    expect(first.stdout).toMatch(/precision +[\d.]+ +\[[\d.]+, [\d.]+\] +18 +18 +dgm-eval +random-vgg/);
    expect(first.stdout).toContain("--features inception=FILE brings FID, sFID, IS");
    const second = await folders("--metrics", "prdc");
    expect(second.stdout).toBe(first.stdout);
    expect(second.stderr).toMatch(/features of 18 reused: [\d.]+ s saved/);
  });

  it("writes one result in every format with the same digits", async () => {
    const { status, stdout } = await folders("--metrics", "prdc", "--out", at("out"), "--json");
    expect(status).toBe(0);
    const read = (ending: string): string => readFileSync(at("out", `evaluation.${ending}`), "utf8");
    const stored = JSON.parse(read("json"));
    expect(JSON.parse(stdout)).toEqual(stored);
    const { printed, interval } = stored.numbers[0];
    expect(Number(printed.low)).toBeCloseTo(interval.low, 1);
    expect(read("json")).toContain("gmem-evaluation-1");
    expect(readFileSync(at("out", "report.html"), "utf8")).toContain("real pictures");
    for (const ending of ["md", "tex", "csv"])
      for (const digits of [printed.value, printed.low, printed.high]) expect(read(ending)).toContain(digits);
  });

  it("answers a budget by its exit code", async () => {
    expect(await folders("--metrics", "prdc", "--fail-if", "precision>2")).toMatchObject({
      status: 0,
      stderr: expect.not.stringContaining("failed"),
    });
    const over = await folders("--metrics", "prdc", "--fail-if", "density<1000");
    expect(over).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/failed +density<1000: density is/),
    });
    expect(await folders("--metrics", "prdc", "--fail-if", "prescision>3")).toMatchObject({ status: 2 });
  });

  it.each([
    [["--metrics", "fdi"], 2, /"fdi"\. Did you mean "fid"\?/],
    [["--metrics", "is"], 2, /is needs the features of inception/],
    [["--features", "incepton"], 2, /Did you mean "inception"\?/],
    [["--features", "inception=nowhere.pth"], 2, /--features inception: must be a file, got nowhere.pth/],
    [["--protocol", "amd"], 2, /Did you mean "adm"\?/],
    [["--fail-if", "fid"], 2, /--fail-if must be METRIC>NUMBER/],
    [["--metrcs", "fid"], 2, /unknown option '--metrcs'[\s\S]*Did you mean --metrics/],
    [["--resize", "8"], 2, /resize must be none, crop:PIXELS/],
  ] as const)("refuses %j", async (flags, status, message) => {
    const found = await folders(...flags);
    expect(found).toMatchObject({ status, stdout: "" });
    expect(found.stderr).toMatch(message);
  });

  it("says as JSON why it failed", async () => {
    const { status, stdout } = await evaluate("folders", at("nowhere"), at("fake.safetensors"), "--json", "--no-cache");
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "DATA", message: expect.stringContaining("nowhere") } });
  });
});

describe("gmem-evaluate statistics", () => {
  it("writes what others read, which then stands for the pictures", async () => {
    const written = await evaluate(
      "statistics",
      at("real.safetensors"),
      "--out",
      at("real.npz"),
      "--cache",
      at("cache"),
    );
    expect(written).toMatchObject({ status: 0, stdout: `${at("real.npz")}\n` });
    const { mu, sigma } = await readNpz(at("real.npz"));
    expect([mu?.shape, sigma?.shape]).toEqual([[448], [448, 448]]);
    const direct = JSON.parse((await folders("--metrics", "fid", "--json")).stdout);
    const saved = await evaluate(
      ...["folders", at("real.npz"), at("fake.safetensors")],
      ...["--metrics", "fid", "--json", "--cache", at("cache")],
    );
    expect(JSON.parse(saved.stdout).numbers[0].value).toBeCloseTo(direct.numbers[0].value, 8);
  });
});

const photographs = fileURLToPath(new URL("../../../../shared/data/cifar10-5k", import.meta.url));
const there = existsSync(photographs);
if (!there) process.stderr.write(`skipped: no photographs in ${photographs}\n`);

describe.skipIf(!there)("on photographs", () => {
  it("sees two halves of a set as nearer to each other than two classes", async () => {
    const half = (name: string, classes: readonly string[], first: number): void => {
      for (const of of classes) {
        mkdirSync(at(name, of), { recursive: true });
        const files = readdirSync(join(photographs, of))
          .sort()
          .slice(first, first + 9);
        for (const file of files) symlinkSync(join(photographs, of, file), at(name, of, file));
      }
    };
    half("a", ["cat", "ship"], 0);
    half("b", ["cat", "ship"], 9);
    half("c", ["frog", "airplane"], 0);
    const distance = async (other: string): Promise<number> => {
      const { stdout } = await evaluate(
        ...["folders", at("a"), at(other), "--metrics", "fid", "--json", "--cache", at("cache")],
      );
      return JSON.parse(stdout).numbers[0].value;
    };
    expect(await distance("b")).toBeLessThan(await distance("c"));
  });
});

it("array files of bytes are read as pictures", async () => {
  const bytes = Int32Array.from({ length: 4 * 4 * 4 * 3 }, (_, i) => (i * 37) % 256);
  await writeSafetensors(at("bytes.safetensors"), { pictures: array(bytes, [4, 4, 4, 3], "i32") });
  const { status } = await evaluate(
    ...["folders", at("bytes.safetensors"), at("bytes.safetensors"), "--metrics", "fid", "--no-cache"],
  );
  expect(status).toBe(0);
});
