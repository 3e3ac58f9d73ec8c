import type { TextEncoder, TextTokens } from "@gmem/spec";
import { array, takeRows } from "@gmem/tensor";
import { testTextEncoder } from "@gmem/testing";
import { describe, expect, it } from "vitest";
import { hashedWords } from "../hashed-words/index.ts";
import { bareTemplate, promptTokens } from "./index.ts";

const first = ({ hidden }: TextTokens) => array(hidden.data, [hidden.shape[0] as number, hidden.shape[2] as number]);
testTextEncoder("prompt tokens", () => promptTokens({ encoder: hashedWords({ dim: 16 }), length: 90 }), {
  pooled: first,
  skip: [
    {
      test: "hears a very long text, and says it if it hears its beginning alone",
      reason: "a prompt that is too long is refused",
    },
  ],
});

/** Remembers what it was asked. */
const listening = (heard: string[]): TextEncoder => ({
  ...hashedWords({ dim: 8 }),
  tokens: async (texts) => {
    heard.push(...texts);
    return hashedWords({ dim: 8 }).tokens(texts);
  },
});

describe("prompt tokens", () => {
  it("sets prompts into OpenUni's template, word for word, and nothing into that of the null prompt", async () => {
    const heard: string[] = [];
    const encoder = await promptTokens({ encoder: listening(heard), length: 90 });
    await encoder.encode(["  a $& cat\n", " "]);
    expect(heard).toEqual([
      "<|im_start|>user\nGenerate an image.<|im_end|>\n<|im_start|>assistant\n<img>",
      "<|im_start|>user\nGenerate an image: a $& cat<|im_end|>\n<|im_start|>assistant\n<img>",
    ]);
  });

  it("is the tokens and their mask in one row; white space is zeros, and not the null prompt's row", async () => {
    const plain = hashedWords({ dim: 8 });
    const encoder = await promptTokens({ encoder: plain, length: 90 });
    expect([encoder.dim, encoder.tokenDim, encoder.nullRow.shape]).toEqual([810, 8, [1, 810]]);
    const rows = await encoder.encode(["a cat", "\t"]);
    const { hidden, mask } = await plain.tokens([
      "<|im_start|>user\nGenerate an image: a cat<|im_end|>\n<|im_start|>assistant\n<img>",
    ]);
    const count = mask.data.length;
    expect(Array.from(rows.data.subarray(0, 8 * count))).toEqual(Array.from(hidden.data));
    expect(Array.from(rows.data.subarray(720, 810))).toEqual(Array.from({ length: 90 }, (_, i) => (i < count ? 1 : 0)));
    expect(takeRows(rows, [1]).data.every((value) => value === 0)).toBe(true);
    expect(encoder.nullRow.data.some((value) => value !== 0)).toBe(true);
  });

  it("refuses a prompt that is longer than there are places, instead of reading its beginning", async () => {
    const encoder = await promptTokens({ encoder: hashedWords({ dim: 8 }), length: 60 });
    await expect(encoder.encode(["word ".repeat(20)])).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      message: expect.stringMatching(/at most 60 tokens.*got \d+ of/),
    });
    const bare = await promptTokens({ encoder: hashedWords({ dim: 8 }), length: 5, template: bareTemplate });
    await expect(bare.encode(["one two three"])).resolves.toMatchObject({ shape: [1, 45] }); // three words and two pairs
    await expect(bare.encode(["one two three four"])).rejects.toThrow(/at most 5 tokens.*got 7/);
    await expect(promptTokens({ encoder: hashedWords(), length: 0 })).rejects.toThrow(/length must be a whole number/);
    await expect(promptTokens({ encoder: hashedWords(), length: 3 })).rejects.toThrow(/at most 3 tokens/);
  });
});
