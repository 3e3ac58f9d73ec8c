import type { Dataset, ImageExample } from "@gmem/spec";
import { GMemError, type NDArray, ShapeError, sameShape, stack, takeRows } from "@gmem/tensor";

/** Images to learn from: an array [N,3,H,W] of values in [0, 1], or anything that opens them one by one. */
export type Images = NDArray<"f32"> | Pick<Dataset<ImageExample>, "length" | "at">;

/** Images by row, all of one size. */
export interface ImageSource {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** Values in [0, 1], [rows,3,H,W]. @throws {GMemError} code `NON_FINITE` for NaN or infinite pixels. */
  block(rows: Int32Array): Promise<NDArray<"f32">>;
}

/** One way to read both kinds of images. @throws {ShapeError} if they are not [N,3,H,W]. */
export async function imageSource(images: Images): Promise<ImageSource> {
  const isArray = "data" in images;
  const count = isArray ? (images.shape[0] ?? 0) : images.length;
  if (count < 1) throw new GMemError("DATA", "fitPatchKmeans: there must be images to learn from, got none");
  const read = async (rows: Int32Array): Promise<NDArray<"f32">> =>
    isArray ? takeRows(images, rows) : imagesOf(await Promise.all(Array.from(rows, (row) => images.at(row))));
  const first = isArray ? images : await read(Int32Array.of(0));
  const [, channels, height, width] = first.shape;
  if (first.shape.length !== 4 || channels !== 3 || !height || !width)
    throw new ShapeError("fitPatchKmeans", "images must be [N,3,H,W]", [first.shape]);
  return {
    count,
    height,
    width,
    async block(rows) {
      const block = await read(rows);
      if (!sameShape(block.shape.slice(1), [3, height, width]))
        throw new ShapeError("fitPatchKmeans", `all images must have one size, [3,${height},${width}]`, [block.shape]);
      const bad = block.data.findIndex((value) => !Number.isFinite(value));
      const row = rows[Math.floor(bad / (3 * height * width))];
      if (bad >= 0)
        throw new GMemError(
          "NON_FINITE",
          `fitPatchKmeans: pixels must be finite, got ${block.data[bad]} in image ${row}`,
        );
      return block;
    },
  };
}

/** Images [N,3,H,W] of examples. */
function imagesOf(examples: readonly ImageExample[]): NDArray<"f32"> {
  const name = (i: number): string => `"${examples[i]?.id}"`;
  return stack(
    examples.map(({ image }) => image),
    { where: "fitPatchKmeans", name },
  );
}
