import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { referenceEngine } from "@gmem/tensor";
import "@gmem/testing";
import { describe, expect, it } from "vitest";
import { openTextEncoder, textEncoder, textWidth } from "./text-encoder.ts";

const at = (name: string): string => fileURLToPath(new URL(`../../test/fixtures/text-towers/${name}`, import.meta.url));
const context = { engine: referenceEngine() };

/** Towers that transformers 5 saved, and the vectors that it gives; `make_text_towers.py` beside them made both. */
const clip = {
  kind: "clip",
  network: { dim: 12, text: { depth: 2, hiddenSize: 16, heads: 2, contextLength: 16, vocabulary: 60 } },
} as const;
const towers = {
  "clip-text": clip,
  clip, // both towers
  "gemma-text": {
    kind: "gemma",
    maxLength: 20,
    network: { depth: 2, hiddenSize: 16, heads: 2, headDim: 8, feedForward: 32, vocabulary: 320 },
  },
} as const;

describe("text encoders of a configuration", () => {
  it.each(Object.entries(towers))(
    "%s gives transformers' vectors, its word pieces found beside its weights",
    async (name, given) => {
      const { texts, vectors } = JSON.parse(readFileSync(at(`${name}/expected.json`), "utf8")) as {
        readonly texts: readonly string[];
        readonly vectors: readonly (readonly number[])[];
      };
      const settings = textEncoder.parse({ ...given, weights: at(`${name}/model.safetensors`) });
      const encoder = await openTextEncoder(settings, context);
      expect(Array.from((await encoder.encode(texts)).data)).toBeAllclose(vectors.flat(), { atol: 2e-5, rtol: 1e-4 });
      expect(encoder.cut?.(texts)).toEqual([2, 3]);
      expect(await textWidth(settings)).toBe(encoder.dim);
      await encoder.dispose?.();
    },
  );

  it("concat is sentences and words by itself, and any others by choice", async () => {
    expect(textEncoder.parse({ kind: "concat" })).toEqual({
      kind: "concat",
      parts: [
        { encoder: { kind: "use-lite" }, weight: 1 },
        { encoder: { kind: "hashed-words", dim: 512 }, weight: 0.5 },
      ],
    });
    const words = (dim: number): object => ({ encoder: { kind: "hashed-words", dim } });
    const settings = textEncoder.parse({ kind: "concat", parts: [words(16), { ...words(8), weight: 2 }] });
    expect(await textWidth(settings)).toBe(24);
    expect((await openTextEncoder(settings, context)).id).toBe("hashed-words-1-16 + 2 hashed-words-1-8");
    expect(await textWidth(textEncoder.parse({ kind: "concat" }))).toBe(1024);
  });

  it("say what is missing", async () => {
    const open = (given: object) => async () => openTextEncoder(textEncoder.parse(given), context);
    await expect(open({ kind: "clip" })()).rejects.toThrow(/textEncoder.weights: needs the weights of clip/);
    await expect(
      open({ ...towers["gemma-text"], weights: at("gemma-text/model.safetensors"), tokenizer: "none.json" })(),
    ).rejects.toThrow(/textEncoder.tokenizer: must be a file, got none.json, which does not exist/);
    const other = {
      ...clip,
      weights: at("gemma-text/model.safetensors"),
      tokenizer: at("clip-text/tokenizer.json"),
    };
    await expect(open(other)()).rejects.toThrow(/missing/);
    const swapped = {
      ...clip,
      weights: at("clip-text/model.safetensors"),
      tokenizer: at("gemma-text/tokenizer.json"),
    };
    await expect(open(swapped)()).rejects.toThrow(/clipTokenizer: the vocabulary must hold "<\|startoftext\|>"/);
  });
});
