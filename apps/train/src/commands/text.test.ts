import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodePng } from "@gmem/datasets/png";
import "@gmem/testing";
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
  const listening = [...process.listeners("SIGINT"), ...process.listeners("SIGTERM")];
  const code = await main(args);
  for (const spy of spies) spy.mockRestore();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    for (const added of process.listeners(signal).filter((one) => !listening.includes(one))) process.off(signal, added);
  return { code, ...heard };
}

interface Expected {
  readonly texts: readonly string[];
  readonly vectors: readonly (readonly number[])[];
}

/** Sizes of the towers, and some of their own. */
function sizes(own: Readonly<Record<string, number>>, at: string): readonly string[] {
  const all = { depth: 2, hiddenSize: 16, heads: 2, ...own };
  return Object.entries(all).map(([size, value]) => `textEncoder.${at}${size}=${value}`);
}

/** A picture, with a caption beside it unless that is empty. */
async function picture(path: string, caption: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const data = Uint8Array.from({ length: 3 * 32 * 32 }, (_, i) => (i * (path.length + i)) % 251);
  writeFileSync(path, await encodePng({ width: 32, height: 32, data }));
  if (caption !== "") writeFileSync(path.replace(".png", ".txt"), caption);
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

  it.each([
    [
      "gemma-text",
      ["textEncoder.maxLength=20", ...sizes({ headDim: 8, feedForward: 32, vocabulary: 320 }, "network.")],
    ],
    ["clip-text", ["textEncoder.network.dim=12", ...sizes({ contextLength: 16, vocabulary: 60 }, "network.text.")]],
  ])(
    "of published towers, %s under transformers 5's names, are those that transformers gives",
    async (name, network) => {
      const tower = fileURLToPath(
        new URL(`../../../../packages/runs/test/fixtures/text-towers/${name}`, import.meta.url),
      );
      const { texts, vectors } = JSON.parse(readFileSync(join(tower, "expected.json"), "utf8")) as Expected;
      for (const [i, text] of [...texts, ""].entries()) await picture(join(name, `${i}.png`), text);
      const weights = `textEncoder.weights=${join(tower, "model.safetensors")}`;
      const kind = name.replace("-text", "");
      const { code, stdout, stderr } = await gmem(
        "text",
        name,
        "--encoder",
        kind,
        weights,
        ...network,
        "--out",
        "towers",
      );
      expect(code, stderr).toBe(0);
      expect(stdout).toMatch(/^captions 4 of 5 pictures, 4 different; 1 without one/);
      expect(stderr).toMatch(/2 of 4 texts are longer than .* hears, such as "A RED.*"; their ends are left out/);
      const kept = readdirSync("towers").find((key) =>
        readFileSync(join("towers", key, "texts.json"), "utf8").includes(kind),
      );
      const file = await readSafetensors(join("towers", kept ?? "", "vectors-00000.safetensors"));
      const order = [...texts].sort().map((text) => texts.indexOf(text));
      expect(Array.from(file.tensors.vectors?.data ?? [])).toBeAllclose(
        order.flatMap((i) => vectors[i] ?? []),
        { atol: 2e-5, rtol: 1e-4 },
      );
    },
  );

  it("refuses what has no captions or no weights, and writes nothing", async () => {
    const clip = await gmem("text", ...scenes, "--encoder", "clip", "--out", "none");
    expect([clip.code, clip.stderr]).toEqual([
      2,
      expect.stringMatching(/textEncoder.weights: needs the weights of clip/),
    ]);
    expect(existsSync("none")).toBe(false);
    await picture(join("mute", "a.png"), "");
    await picture(join("mute", "b.png"), "");
    const mute = await gmem("text", "mute", ...words, "--out", "none");
    expect([mute.code, mute.stderr]).toEqual([
      1,
      expect.stringMatching(/data: needs captions, got 2 pictures from mute without one; put NAME.txt beside each/),
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
