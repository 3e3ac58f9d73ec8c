import { mkdtempSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeImage, encodePng, readDescription } from "@gmem/datasets/png";
import { zeros } from "@gmem/tensor";
import { writeFileAtomic } from "@gmem/weights";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { forgetInterrupts } from "../../test/interrupts.ts";
import { untrainedRun } from "../../test/untrained-run.ts";
import { sampleRun } from "./sample.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-expression-"));
const at = (...path: string[]): string => join(folder, ...path);
const drawn = async (options: object, out = "out.png") => {
  await sampleRun(at("run"), { weights: "ema", out: at(out), ...options });
  return (await decodeImage(at(out))).data;
};

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await untrainedRun(at("run"), {});
  await untrainedRun(at("classes"), { conditioner: { kind: "class-table" } });
});

forgetInterrupts();

describe("a sum of snippets", () => {
  it("is drawn as the row that it is, and as no other", async () => {
    const row = await drawn({ rows: "3", count: 2 });
    expect(await drawn({ expression: "0.5*#3", count: 2 })).toEqual(row);
    expect(await drawn({ expression: "#3 + star - 0.2*#7", count: 2 })).not.toEqual(row);
  });

  it("is refused with its place, and by runs without a bank", async () => {
    await expect(drawn({ expression: "#3 + sta" })).rejects.toThrow(/character 6, "sta" must name .*; near it: star/);
    const classes = sampleRun(at("classes"), { weights: "ema", out: at("x.png"), expression: "star" });
    await expect(classes).rejects.toThrow(/--expression needs a run with a memory bank/);
    await expect(drawn({ expression: "#3", rows: "3" })).rejects.toThrow(/exclude each other/);
  });
});

describe("a picture that says how it was drawn", () => {
  it.each([
    { rows: "3,7", count: 5, seed: 4, steps: 3 },
    { expression: "star - #1", first: 2, cfg: 2, cfgInterval: [0, 0.5] },
    { interpolate: "1,2", count: 3, solver: "euler" },
  ])("is drawn again: %j", async (options) => {
    const first = await drawn(options, "first.png");
    expect(await drawn({ from: at("first.png") }, "again.png")).toEqual(first);
    expect(await drawn({ from: at("first.png"), seed: 11 }, "other.png")).not.toEqual(first);
  });

  it("is read as gmem-serve writes it: by its row", async () => {
    const { settings } = await readDescription(await readFile(at("first.png")));
    expect(settings).toMatchObject({ interpolate: { from: 1, to: 2 }, needs: [] });
    const { flagsFrom } = await import("./picture-settings.ts");
    const { describedPng } = await import("@gmem/datasets/png");
    const served = { label: "star", row: 4, count: 1, seed: 2, first: 3, guidance: 1, needs: [], run: "run" };
    await writeFileAtomic(at("s.png"), await describedPng(await encodePng(zeros([3, 8, 8])), { settings: served }));
    expect(await flagsFrom(at("s.png"), [])).toEqual({ rows: "4", count: 1, seed: 2, first: 3, cfg: 1 });
    await writeFileAtomic(at("s.png"), await encodePng(zeros([3, 8, 8])));
    await expect(flagsFrom(at("s.png"), [])).rejects.toMatchObject({ code: "DATA" });
  });
});
