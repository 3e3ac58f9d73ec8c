import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "@gmem/weights";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "../program.ts";

const before = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "gmem-text-"));
beforeAll(() => process.chdir(folder));
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

interface Heard {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function gmem(...args: readonly string[]): Promise<Heard> {
  const heard = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      heard[name] += String(text);
      return true;
    }),
  );
  const code = await main(args);
  for (const spy of spies) spy.mockRestore();
  return { code, ...heard };
}

const scenes = ["scenes", "image.count=40", "image.heldOut=4"];
const words = ["--encoder", "hashed-words"];

describe("gmem-train text", () => {
  it("keeps a vector of every different caption, and computes none twice", async () => {
    const first = await gmem("text", ...scenes, ...words, "--out", "texts", "--json");
    expect(first.code, first.stderr).toBe(0);
    const facts = JSON.parse(first.stdout) as { readonly [fact: string]: number };
    expect(facts).toMatchObject({ folder: "texts", encoder: "hashed-words-1-512", dim: 512, pictures: 44, without: 0 });
    const [kept = "", ...others] = readdirSync("texts");
    expect(others).toEqual([]);
    const { texts } = JSON.parse(readFileSync(join("texts", kept, "texts.json"), "utf8")) as { texts: string[] };
    expect(texts.length).toBe(facts.texts);
    const file = join("texts", kept, "vectors-00000.safetensors");
    const { vectors } = (await readSafetensors(file)).tensors;
    expect(vectors?.shape).toEqual([Math.min(256, texts.length), 512]);
    const bytes = readFileSync(file);
    const again = await gmem("text", ...scenes, ...words, "--out", "texts");
    expect(again.stdout).toMatch(
      /^captions \d+ of 44 pictures, \d+ different\nvectors {2}512 wide · hashed-words-1-512 → texts\ntrain {4}/,
    );
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(readdirSync("texts")).toEqual([kept]);
  });

  it("reads published towers under transformers 5's names", async () => {
    const tower = fileURLToPath(
      new URL("../../../../packages/runs/test/fixtures/text-towers/gemma-text", import.meta.url),
    );
    const network = { depth: 2, hiddenSize: 16, heads: 2, headDim: 8, feedForward: 32, vocabulary: 320 };
    const { code, stdout, stderr } = await gmem(
      "text",
      ...scenes,
      "--encoder",
      "gemma",
      `textEncoder.weights=${join(tower, "model.safetensors")}`,
      ...Object.entries(network).map(([size, value]) => `textEncoder.network.${size}=${value}`),
      "textEncoder.maxLength=8",
      "--out",
      "towers",
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/16 wide · gemma-2b-[0-9a-f]{16}-[0-9a-f]{16} → towers/);
    expect(stderr).toMatch(/texts are longer than gemma-2b hears, such as ".*"; their ends are left out/);
  });

  it("refuses what has no captions or no weights, and writes nothing", async () => {
    const clip = await gmem("text", ...scenes, "--encoder", "clip", "--out", "none");
    expect([clip.code, clip.stderr]).toEqual([
      2,
      expect.stringMatching(/textEncoder.weights: needs the weights of clip/),
    ]);
    expect(existsSync("none")).toBe(false);
    const kind = await gmem("text", ...scenes, "--encoder", "words", "--out", "none");
    expect([kind.code, kind.stderr]).toEqual([2, expect.stringMatching(/hashed-words/)]);
    expect(existsSync("none")).toBe(false);
  });
});

describe("gmem-train retrieve", () => {
  it("finds pictures whose captions say what is asked, from the vectors that text has kept", async () => {
    const { code, stdout, stderr } = await gmem(
      "retrieve",
      ...scenes,
      ...words,
      "--text",
      "a red circle",
      "--text",
      "a blue square",
      "--count",
      "3",
      "--out",
      "found.png",
      "--json",
    );
    expect(code, stderr).toBe(0);
    const { out, found } = JSON.parse(stdout) as {
      readonly out: string;
      readonly found: readonly {
        readonly text: string;
        readonly pictures: readonly { score: number; caption: string }[];
      }[];
    };
    expect([out, found.map(({ text }) => text)]).toEqual(["found.png", ["a red circle", "a blue square"]]);
    for (const { pictures } of found) {
      expect(pictures.length).toBe(3);
      expect(pictures.map(({ score }) => score)).toEqual(pictures.map(({ score }) => score).sort((a, b) => b - a));
    }
    expect(found[0]?.pictures[0]?.caption).toMatch(/red|circle/);
    expect(readFileSync("found.png").subarray(1, 4).toString()).toBe("PNG");
  });

  it("refuses a text that says nothing, pictures without CLIP, and a name that is no picture's", async () => {
    const refused = async (...more: readonly string[]): Promise<string> => {
      const { code, stderr } = await gmem("retrieve", ...scenes, ...words, ...more, "--out", "no.png");
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused("--text", " ")).toMatch(/retrieve: a text must say something, got " "/);
    expect(await refused("--text", "a", "--by", "images")).toMatch(/by images needs textEncoder.kind=clip/);
    expect(await refused("--text", "a", "--by", "sound")).toMatch(/--by must be captions or images/);
    expect(await refused("--text", "a", "--count", "0")).toMatch(/--count must be 1 or more/);
    expect(existsSync("no.png")).toBe(false);
  });
});
