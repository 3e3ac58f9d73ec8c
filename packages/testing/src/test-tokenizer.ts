import type { Tokenizer } from "@gmem/spec";
import { type NDArray, takeRows } from "@gmem/tensor";
import { expect } from "vitest";
import "./allclose.ts";
import { pictures } from "./pictures.ts";
import { type SuiteOptions, suite } from "./suite.ts";

export interface TokenizerOptions extends SuiteOptions {
  /** Rows and columns of the test pictures. Default 16. */
  readonly imageSize?: number;
  /** Largest mean difference after encoding and decoding, images being in 0 … 1. Default 1e-5: nothing is lost. */
  readonly loss?: number;
}

/**
 * What every tokenizer does.
 * @example
 * // no-run
 * import type { Tokenizer } from "@gmem/spec";
 * declare const vae: () => Tokenizer;
 * testTokenizer("vae", vae, { imageSize: 64, loss: 0.05 });
 */
export function testTokenizer(
  name: string,
  factory: () => Tokenizer | Promise<Tokenizer>,
  options: TokenizerOptions = {},
): void {
  const { imageSize = 16, loss = 1e-5 } = options;
  const images = (n: number): NDArray<"f32"> => pictures(n, imageSize);
  suite(`tokenizer ${name}`, options, (claim) => {
    claim("latents have the shape that it announces and are finite", async () => {
      const tokenizer = await factory();
      const latents = await tokenizer.encode(images(2));
      expect(latents.shape).toEqual([2, ...tokenizer.latent(imageSize)]);
      expect(latents.data.every(Number.isFinite)).toBe(true);
    });

    claim("decodes what it encoded to nearly the same image", async () => {
      const tokenizer = await factory();
      const before = images(2);
      const after = await tokenizer.decode(await tokenizer.encode(before));
      expect(after.shape).toEqual(before.shape);
      const difference = after.data.reduce((sum, value, i) => sum + Math.abs(value - (before.data[i] as number)), 0);
      expect(difference / before.data.length).toBeLessThanOrEqual(loss);
    });

    claim("decodes whatever a sampler draws to images in 0 … 1", async () => {
      const tokenizer = await factory();
      const latents = await tokenizer.encode(images(2));
      const { data } = await tokenizer.decode({ ...latents, data: latents.data.map((value) => 3 * value) });
      expect(data.every((value) => value >= 0 && value <= 1)).toBe(true);
    });

    claim("is deterministic, leaves its input alone, and no sample depends on the others", async () => {
      const tokenizer = await factory();
      const given = images(3);
      const latents = await tokenizer.encode(given);
      expect(given).toEqual(images(3));
      const [last, decoded] = [takeRows(latents, [2]), await tokenizer.decode(latents)];
      expect(await tokenizer.encode(takeRows(given, [2]))).toBeAllclose(last, { atol: 1e-4, rtol: 1e-3 });
      expect(await tokenizer.decode(last)).toBeAllclose(takeRows(decoded, [2]), { atol: 1e-4, rtol: 1e-3 });
    });
  });
}
