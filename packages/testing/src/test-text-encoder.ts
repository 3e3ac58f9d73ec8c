import type { TextEncoder, TextTokens } from "@gmem/spec";
import { type NDArray, takeRows } from "@gmem/tensor";
import { expect } from "vitest";
import "./allclose.ts";
import { type SuiteOptions, suite } from "./suite.ts";

export interface TextEncoderOptions extends SuiteOptions {
  /** How tokens become the vector of a text, as the encoder says: [N,L,dim] and their mask → [N,dim]. */
  readonly pooled: (tokens: TextTokens) => NDArray | Promise<NDArray>;
  /** Two texts that it tells apart, the second at least as long. Default: of colours and shapes. */
  readonly texts?: readonly [string, string];
}

const close = { atol: 1e-5, rtol: 1e-4 };
const empty = ["", " \n\t"];

/**
 * What every text encoder does.
 * @example
 * // no-run
 * import type { TextEncoder, TextTokens } from "@gmem/spec";
 * declare const mine: () => TextEncoder;
 * declare const mean: (tokens: TextTokens) => NDArray;
 * testTextEncoder("mine", mine, { pooled: mean });
 */
export function testTextEncoder(
  name: string,
  factory: () => TextEncoder | Promise<TextEncoder>,
  options: TextEncoderOptions,
): void {
  const { pooled, texts = ["a red circle", "two blue squares left of a green ring"] } = options;
  suite(`text encoder ${name}`, options, (claim) => {
    claim("has a name, an id and a width, the same each time it is made", async () => {
      const [one, other] = [await factory(), await factory()];
      expect(one.name).not.toBe("");
      expect(one.id).not.toBe("");
      expect(one.dim).toBeGreaterThan(0);
      expect([other.name, other.id, other.dim]).toEqual([one.name, one.id, one.dim]);
    });

    claim("vectors are [N,dim], finite and the same each time, and differ between texts", async () => {
      const encoder = await factory();
      const vectors = await encoder.encode(texts);
      expect(vectors.shape).toEqual([2, encoder.dim]);
      expect(vectors.data.every(Number.isFinite)).toBe(true);
      expect(takeRows(vectors, [0])).not.toBeAllclose(takeRows(vectors, [1]));
      expect(await encoder.encode(texts)).toEqual(vectors);
    });

    claim("tokens are [N,L,dim] under a mask that begins with ones, zeros behind it", async () => {
      const encoder = await factory();
      const { hidden, mask } = await encoder.tokens([...texts, ""]);
      const [n, length, width] = hidden.shape as [number, number, number];
      expect([n, width, mask.shape]).toEqual([3, encoder.dim, [3, length]]);
      expect(hidden.data.every(Number.isFinite)).toBe(true);
      for (let row = 0; row < n; row++) {
        const places = Array.from(mask.data.subarray(row * length, (row + 1) * length));
        const count = places.filter((is) => is === 1).length;
        expect(places).toEqual(places.map((_, i) => (i < count ? 1 : 0)));
        if (row < 2) expect(count).toBeGreaterThan(0);
        const behind = hidden.data.subarray((row * length + count) * width, (row + 1) * length * width);
        expect(behind.every((value) => value === 0)).toBe(true);
      }
    });

    claim("a text has the vector of its tokens", async () => {
      const encoder = await factory();
      expect(await pooled(await encoder.tokens(texts))).toBeAllclose(await encoder.encode(texts), close);
    });

    claim("a text gives alone what it gives beside others, in any order", async () => {
      const encoder = await factory();
      const together = await encoder.encode([texts[1], "", texts[0]]);
      expect(await encoder.encode([texts[0]])).toBeAllclose(takeRows(together, [2]), close);
      expect(await encoder.encode([texts[1]])).toBeAllclose(takeRows(together, [0]), close);
      const { hidden, mask } = await encoder.tokens([texts[0]]);
      const beside = await encoder.tokens([texts[1], texts[0]]);
      const count = mask.data.filter((is) => is === 1).length * encoder.dim;
      const from = (beside.hidden.shape[1] as number) * encoder.dim;
      expect(Array.from(hidden.data.subarray(0, count))).toBeAllclose(
        Array.from(beside.hidden.data.subarray(from, from + count)),
        close,
      );
    });

    claim("the null text has no token and a vector of zeros", async () => {
      const encoder = await factory();
      for (const given of [["", texts[0], ...empty], [""], empty]) {
        const { data } = await encoder.encode(given);
        for (const [row, text] of given.entries()) {
          const vector = data.subarray(row * encoder.dim, (row + 1) * encoder.dim);
          if (text !== texts[0]) expect(vector.every((value) => value === 0)).toBe(true);
        }
      }
      const { mask } = await encoder.tokens(empty);
      expect(mask.data.every((is) => is === 0)).toBe(true);
      expect((await encoder.encode([])).shape).toEqual([0, encoder.dim]);
    });

    claim("hears a very long text, and says it if it hears its beginning alone", async () => {
      const encoder = await factory();
      const long = new Array(10_000).fill(texts[0]).join(" ").slice(0, 20_000);
      expect((await encoder.encode([long])).data.every(Number.isFinite)).toBe(true);
      const cut = encoder.cut?.([texts[0], long, "", texts[1]]);
      if (cut) expect(cut).toEqual([1]);
    });
  });
}
