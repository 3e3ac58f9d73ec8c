import type { Dataset, ImageExample } from "@gmem/spec";
import { expect } from "vitest";
import { expectRejection } from "./expect-code.ts";
import { type SuiteOptions, suite } from "./suite.ts";

/**
 * What every data set of images does. It needs two examples or more.
 * @example
 * // no-run
 * import type { Dataset, ImageExample } from "@gmem/spec";
 * declare const photos: () => Dataset<ImageExample>;
 * testDataset("photos", photos);
 */
export function testDataset(
  name: string,
  factory: () => Dataset<ImageExample> | Promise<Dataset<ImageExample>>,
  options: SuiteOptions = {},
): void {
  suite(`dataset ${name}`, options, (claim) => {
    claim("has a name and a length, the same each time it is opened", async () => {
      const [one, other] = [await factory(), await factory()];
      expect(one.name).not.toBe("");
      expect(one.length).toBeGreaterThanOrEqual(2);
      expect([other.name, other.length]).toEqual([one.name, one.length]);
    });

    claim("gives the same example for the same index, in any order and at the same time", async () => {
      const data = await factory();
      const last = data.length - 1;
      const forward = [await data.at(0), await data.at(1), await data.at(last)];
      const again = await Promise.all([data.at(last), data.at(1), data.at(0)]);
      expect(again.reverse()).toEqual(forward);
      expect(await (await factory()).at(last)).toEqual(forward[2]);
    });

    claim("examples are [3,H,W] in 0 … 1 with names of their own", async () => {
      const data = await factory();
      const examples = [await data.at(0), await data.at(data.length - 1)];
      for (const { image, label } of examples) {
        expect(image.dtype).toBe("f32");
        expect([image.shape.length, image.shape[0]]).toEqual([3, 3]);
        expect(image.data.every((value) => value >= 0 && value <= 1)).toBe(true);
        if (label !== undefined) expect(Number.isInteger(label) && label >= 0).toBe(true);
      }
      expect(new Set(examples.map(({ id }) => id)).size).toBe(2);
    });

    claim("says the captions of an example without opening it, none of them blank", async () => {
      const data = await factory();
      for (const index of [data.length - 1, 0]) {
        const { captions = [] } = await data.at(index);
        if (data.captionsAt) expect(await data.captionsAt(index)).toEqual(captions);
        expect(captions.every((caption) => caption.trim() !== "")).toBe(true);
      }
    });

    claim("refuses an index outside", async () => {
      const data = await factory();
      for (const index of [-1, data.length, 0.5, Number.NaN]) {
        await expectRejection(async () => data.at(index));
        if (data.captionsAt) await expectRejection(async () => data.captionsAt?.(index));
      }
    });
  });
}
