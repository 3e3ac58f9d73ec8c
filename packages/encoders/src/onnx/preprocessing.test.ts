import { array, evaluate, f32, isGMemError, key, type NDArray, trace } from "@gmem/tensor";
import "@gmem/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPreprocessing, type Preprocessing, preprocess, type ResizeFilter } from "./index.ts";

const filters: readonly ResizeFilter[] = [
  ...(["bilinear", "bicubic", "bilinear-antialias", "bicubic-antialias"] as const),
  ...(["bilinear-pillow", "bicubic-pillow"] as const),
];
const side = fc.integer({ min: 1, max: 1024 });
const three = (numbers: fc.Arbitrary<number>): fc.Arbitrary<[number, number, number]> =>
  fc.tuple(numbers, numbers, numbers);
/** Any record that makes sense; its crop is no larger than its size. */
const records: fc.Arbitrary<Preprocessing> = fc
  .record(
    {
      resize: fc.record({
        size: fc.integer({ min: 1024, max: 4096 }),
        filter: fc.constantFrom(...filters),
        fit: fc.constantFrom("squash" as const, "short-side" as const),
      }),
      crop: side,
      channels: fc.constantFrom("RGB" as const, "BGR" as const),
      range: fc.constantFrom([0, 1] as const, [0, 255] as const),
      mean: three(fc.double({ min: -300, max: 300, noNaN: true })),
      std: three(fc.double({ min: 0.001, max: 300, noNaN: true })),
      layout: fc.constantFrom("NCHW" as const, "NHWC" as const),
    },
    { requiredKeys: [] },
  )
  .map((record) => JSON.parse(JSON.stringify(record)) as Preprocessing);

describe("checking a record", () => {
  it("takes every record that makes sense, fills it up, and changes nothing that is full", () =>
    fc.assert(
      fc.property(records, (record) => {
        const full = checkPreprocessing(record);
        expect(full).toMatchObject(record);
        expect(checkPreprocessing(full)).toEqual(full);
        expect(JSON.stringify(checkPreprocessing(JSON.parse(JSON.stringify(full))))).toBe(JSON.stringify(full));
      }),
    ));

  it("gives one text for one meaning, whatever the order of the fields", () =>
    fc.assert(
      fc.property(records, (record) => {
        const turned = Object.fromEntries(Object.entries(record).reverse());
        expect(JSON.stringify(checkPreprocessing(turned))).toBe(JSON.stringify(checkPreprocessing(record)));
      }),
    ));

  it("refuses what is no record with an error that says so, and never fails otherwise", () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
    const names = ["resize", "crop", "channels", "range", "mean", "std", "layout", "size"];
    const broken = fc.oneof(
      anything,
      fc.tuple(records, fc.constantFrom(...names), anything).map(([record, name, value]) => ({
        ...record,
        [name]: value,
      })),
      fc.tuple(fc.constantFrom("size", "filter", "fit"), anything).map(([name, value]) => ({
        resize: { size: 224, filter: "bicubic", fit: "squash", [name]: value },
      })),
    );
    fc.assert(
      fc.property(broken, (record) => {
        try {
          const full = checkPreprocessing(record as Preprocessing);
          expect(checkPreprocessing(full)).toEqual(full);
        } catch (error) {
          if (!isGMemError(error, "CONFIG")) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [{ size: 3 }, /has the fields resize, crop/],
    [{ resize: { size: 0, filter: "bicubic", fit: "squash" } }, /resize.size must be a positive whole number, got 0/],
    [{ resize: { size: 8, filter: "lanczos", fit: "squash" } }, /resize.filter must be one of .*, got lanczos/],
    [{ resize: { size: 8, filter: "bicubic", fit: "squash" }, crop: 9 }, /crop must be at most resize.size 8, got 9/],
    [{ range: [-1, 1] }, /range must be \[0, 1\] or \[0, 255\], got \[-1, 1\]/],
    [{ mean: [0.5] }, /mean must be three/],
    [{ std: [1, 0, 1] }, /std must be three positive numbers, got \[1, 0, 1\]/],
    [{ layout: "HWC" }, /layout must be one of NCHW, NHWC/],
  ])("refuses %j", (record, message) => {
    expect(() => checkPreprocessing(record as unknown as Preprocessing)).toThrow(message);
  });
});

function run(x: NDArray, record: Preprocessing): NDArray<"f32"> {
  const full = checkPreprocessing(record);
  const graph = trace({ feeds: { x: f32(...x.shape) } }, ({ feeds }) => ({
    fetches: { y: preprocess(feeds.x, full) },
  }));
  return evaluate(graph, { x }).fetches.y as NDArray<"f32">;
}

describe("what a record does to images", () => {
  const x = key(4).uniform([2, 3, 4, 6]);
  const at = (i: number, c: number, h: number, w: number): number => x.data[((i * 3 + c) * 4 + h) * 6 + w] as number;

  it("is nothing by default", () => {
    expect(run(x, {})).toBeAllclose(x, { atol: 1e-7 });
  });

  it("is, for BGR bytes with channels last, (255 x − mean)/std of each channel in its new order", () => {
    const mean = [103.939, 116.779, 123.68] as const;
    const std = [1, 2, 4] as const;
    const y = run(x, { channels: "BGR", range: [0, 255], mean, std, layout: "NHWC" });
    expect(y.shape).toEqual([2, 4, 6, 3]);
    const expected = Array.from({ length: y.data.length }, (_, k) => {
      const [i, h, w, c] = [Math.floor(k / 72), Math.floor(k / 18) % 4, Math.floor(k / 3) % 6, k % 3];
      return (255 * at(i, 2 - c, h, w) - (mean[c] as number)) / (std[c] as number);
    });
    expect(y).toBeAllclose(array(expected, y.shape), { atol: 1e-4, rtol: 1e-5 });
  });

  it("squashes, or keeps proportions and crops the centre", () => {
    for (const filter of filters) {
      expect(run(x, { resize: { size: 5, filter, fit: "squash" } }).shape).toEqual([2, 3, 5, 5]);
      expect(run(x, { resize: { size: 8, filter, fit: "short-side" } }).shape).toEqual([2, 3, 8, 12]);
      const sized = run(x, { resize: { size: 8, filter, fit: "short-side" } });
      const middle = run(x, { resize: { size: 8, filter, fit: "short-side" }, crop: 6 });
      expect(middle.shape).toEqual([2, 3, 6, 6]);
      expect(middle.data.subarray(0, 6)).toEqual(sized.data.subarray(12 + 3, 12 + 9)); // row 1, columns 3…8
    }
    expect(() => run(x, { crop: 5 })).toThrow(/at least 5 pixels/);
  });

  it("rounds to bytes where Pillow does", () => {
    const filter = "bilinear-pillow";
    for (const value of run(x, { resize: { size: 3, filter, fit: "squash" }, range: [0, 255] }).data)
      expect(Math.abs(value - Math.round(value))).toBeLessThan(1e-4);
  });
});
