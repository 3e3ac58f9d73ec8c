import type { FeatureExtractor, ImageFeatures } from "@gmem/spec";
import { array, takeRows } from "@gmem/tensor";
import { expect } from "vitest";
import "./allclose.ts";
import { expectRejection } from "./expect-code.ts";
import { pictures } from "./pictures.ts";
import { type SuiteOptions, suite } from "./suite.ts";

export interface FeatureExtractorOptions extends SuiteOptions {
  /** Rows and columns of the test pictures. Default 32. */
  readonly imageSize?: number;
}

/**
 * What every feature extractor of metrics does.
 * @example
 * // no-run
 * import type { FeatureExtractor } from "@gmem/spec";
 * declare const mine: () => FeatureExtractor;
 * testFeatureExtractor("mine", mine, { imageSize: 64 });
 */
export function testFeatureExtractor(
  name: string,
  factory: () => FeatureExtractor | Promise<FeatureExtractor>,
  options: FeatureExtractorOptions = {},
): void {
  const { imageSize = 32 } = options;
  const outputs = ({ widths }: FeatureExtractor): readonly (keyof ImageFeatures)[] =>
    Object.keys(widths) as (keyof ImageFeatures)[];
  suite(`feature extractor ${name}`, options, (claim) => {
    claim("has a name and an id, the same each time it is made", async () => {
      const [one, other] = [await factory(), await factory()];
      expect(one.name).not.toBe("");
      expect(one.id).not.toBe("");
      expect([other.name, other.id, other.widths]).toEqual([one.name, one.id, one.widths]);
    });

    claim("gives what it announces, of that width, finite, and differing between pictures", async () => {
      const extractor = await factory();
      const given = await extractor.extract(pictures(2, imageSize));
      expect(Object.keys(given).sort()).toEqual([...outputs(extractor)].sort());
      for (const output of outputs(extractor)) {
        const rows = given[output] ?? expect.fail(`${output} is announced and absent`);
        expect(rows.shape).toEqual([2, extractor.widths[output]]);
        expect(rows.data.every(Number.isFinite)).toBe(true);
      }
      expect(takeRows(given.features, [0])).not.toBeAllclose(takeRows(given.features, [1]));
    });

    claim("is deterministic, leaves its input alone, and no sample depends on the others", async () => {
      const extractor = await factory();
      const images = pictures(3, imageSize);
      const given = await extractor.extract(images);
      expect(images).toEqual(pictures(3, imageSize));
      expect(await extractor.extract(images)).toEqual(given);
      const alone = await extractor.extract(takeRows(images, [2]));
      for (const output of outputs(extractor)) {
        const row = takeRows(given[output] as ImageFeatures["features"], [2]);
        expect(alone[output] as ImageFeatures["features"]).toBeAllclose(row, { atol: 1e-4, rtol: 1e-3 });
      }
    });

    claim("refuses pixels that are not numbers, and bytes in place of [0, 1]", async () => {
      const extractor = await factory();
      const { data, shape } = pictures(2, imageSize);
      const broken = array(data.slice().fill(Number.NaN, data.length - 1), shape);
      await expectRejection(() => extractor.extract(broken), "NON_FINITE");
      await expectRejection(
        () =>
          extractor.extract(
            array(
              data.map((value) => 255 * value),
              shape,
            ),
          ),
        "DATA",
      );
    });
  });
}
