import type { Encoder } from "@gmem/spec";
import { takeRows } from "@gmem/tensor";
import { expect } from "vitest";
import "./allclose.ts";
import { pictures } from "./pictures.ts";
import { type SuiteOptions, suite } from "./suite.ts";

export interface EncoderOptions extends SuiteOptions {
  /** Rows and columns of the test pictures. Default 32. */
  readonly imageSize?: number;
}

/**
 * What every encoder does.
 * @example
 * // no-run
 * import type { Encoder } from "@gmem/spec";
 * declare const mine: () => Encoder;
 * testEncoder("mine", mine, { imageSize: 224 });
 */
export function testEncoder(
  name: string,
  factory: () => Encoder | Promise<Encoder>,
  options: EncoderOptions = {},
): void {
  const { imageSize = 32 } = options;
  suite(`encoder ${name}`, options, (claim) => {
    claim("has a name and an id, the same each time it is made", async () => {
      const [one, other] = [await factory(), await factory()];
      expect(one.name).not.toBe("");
      expect(one.id).not.toBe("");
      expect([other.name, other.id, other.dim]).toEqual([one.name, one.id, one.dim]);
    });

    claim("features are [N,d] and finite, and differ between pictures", async () => {
      const encoder = await factory();
      const features = await encoder.encode(pictures(2, imageSize));
      expect(features.shape).toEqual([2, encoder.dim]);
      expect(features.data.every(Number.isFinite)).toBe(true);
      expect(takeRows(features, [0])).not.toBeAllclose(takeRows(features, [1]));
    });

    claim("is deterministic, leaves its input alone, and no sample depends on the others", async () => {
      const encoder = await factory();
      const given = pictures(3, imageSize);
      const features = await encoder.encode(given);
      expect(given).toEqual(pictures(3, imageSize));
      expect(await encoder.encode(given)).toEqual(features);
      const alone = await encoder.encode(takeRows(given, [2]));
      expect(alone).toBeAllclose(takeRows(features, [2]), { atol: 1e-4, rtol: 1e-3 });
    });
  });
}
