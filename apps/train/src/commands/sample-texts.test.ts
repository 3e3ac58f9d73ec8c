import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkParts, loadRun } from "@gmem/runs";
import { readSafetensors } from "@gmem/weights";
import sharp from "sharp";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { forgetInterrupts } from "../../test/interrupts.ts";
import { untrainedRun } from "../../test/untrained-run.ts";
import { sampleRun } from "./sample.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-sample-texts-"));
const at = (...path: string[]): string => join(folder, ...path);
const printed: string[] = [];
const sample = async (run: string, options: object): Promise<string> => {
  printed.length = 0;
  await sampleRun(at(run), { seed: 0, weights: "ema", ...options });
  return printed.join("").trim();
};
const latents = async (options: object) => {
  await sample("texts", { ...options, latents: at("out.safetensors") });
  return (await readSafetensors(at("out.safetensors"))).tensors.latents?.data;
};

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
  await untrainedRun(at("texts"), { conditioner: { kind: "t2s" }, textEncoder: { kind: "hashed-words", dim: 32 } });
  await untrainedRun(at("bank"), {});
});

forgetInterrupts();

describe("gmem-train sample --text", () => {
  it("draws each text in turn, from flags and from a file", async () => {
    const text = ["a red circle", "a blue square"];
    const [two, turned] = [await latents({ text }), await latents({ text, count: 4 })];
    const size = (two?.length ?? 0) / 2;
    expect(turned?.length).toBe(4 * size);
    writeFileSync(at("texts.txt"), "a red circle\r\n\n a blue square \n");
    expect(await latents({ texts: at("texts.txt") })).toEqual(two);
    expect((await latents({ text: ["a red circle"], count: 2 }))?.subarray(0, size)).toEqual(two?.subarray(0, size));
    expect((await latents({ text: ["a red circle"] }))?.length).toBe(16 * size);
  });

  it("writes what was said into the name and the description of the picture", async () => {
    const out = await sample("texts", { text: ["A red circle, left!", "zwei Äpfel <br>&"], json: true });
    const { out: path, texts } = JSON.parse(out);
    expect(path).toBe(at("texts", "samples", "seed-0-a-red-circle-left-and-1-more.png"));
    expect(texts).toEqual(["A red circle, left!", "zwei Äpfel <br>&"]);
    for (const file of [path, await sample("texts", { text: texts, out: at("grid.jpg") })]) {
      const { xmpAsString } = await sharp(file).metadata();
      expect(xmpAsString).toContain(">A red circle, left!\nzwei Äpfel <br>&amp;".replace("<", "&lt;"));
    }
  });

  it("says to a run of pictures which command makes one of texts of it, which fits it", async () => {
    const error: unknown = await sample("bank", { text: ["a dog"] }).catch((reason: unknown) => reason);
    const [, settings = ""] = /gmem-train.* run (\S+ [^`]+)`/.exec(String(error)) ?? [];
    const [run = "", ...others] = settings.split(" ");
    const config = loadRun(run, others);
    expect(config).toMatchObject({ name: "bank-text", runs: folder, start: { run: at("bank") } });
    expect(config.backbone).toEqual(loadRun(run, []).backbone);
    await checkParts(config);
  });

  it.each([
    ["bank", { text: ["a dog"] }, /--text is for runs that are conditioned on text, got conditioner\.kind=memory-bank/],
    ["texts", {}, /draws what is said, got no text; give --text/],
    ["texts", { text: [" "] }, /--text must say something/],
    ["texts", { texts: at("nothing.txt") }, /--texts must be a file of texts/],
    ["texts", { text: ["a", "b", "c"], count: 2 }, /3 texts need 3 pictures or more, got 2/],
    ["texts", { text: ["a"], rows: "1" }, /exclude each other/],
    ["texts", { add: ["image.png"] }, /--add mixes images with texts, got no text/],
    ["texts", { text: ["a"], weight: 0.5 }, /--weight is the share of --add's images/],
    ["texts", { text: ["a"], add: ["image.png"], weight: 2 }, /--weight must be in 0 … 1, got 2/],
  ])("refuses %s with %j", async (run, options, message) => {
    await expect(sample(run, options)).rejects.toThrow(message);
  });
});
