import { imageOpener, toArray } from "@gmem/datasets/folder";
import type { DrawStart } from "@gmem/samplers";
import type { Tokenizer } from "@gmem/spec";
import { GMemError, type NDArray, stack } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";

export interface PictureStartOptions {
  /** An image file. */
  readonly image: string;
  /** See {@link DrawStart}. */
  readonly strength: number;
  /** An image file, cropped as the picture is: what is lighter than half grey is drawn, the rest stays. */
  readonly mask?: string | undefined;
}

/**
 * A picture of a file as what pictures of a run are drawn from: decoded, cropped and sized as in training, and encoded by the
 * run's tokenizer.
 * @throws {GMemError} code `DATA` for a file that is no picture, `CONFIG` for a strength outside 0…1.
 * @example
 * // no-run
 * const run = await openRun("runs/mine");
 * const start = await pictureStart(run, { image: "photo.png", strength: 0.6 });
 */
export async function pictureStart(
  run: { readonly config: Pick<RunConfig, "image">; tokenizer(): Promise<Tokenizer> },
  { image, strength, mask }: PictureStartOptions,
): Promise<DrawStart> {
  if (!(strength >= 0 && strength <= 1))
    throw new GMemError("CONFIG", `pictureStart: strength must be in 0…1, got ${strength}; 1 starts from noise`);
  const { size, decode, background } = run.config.image;
  const open = imageOpener({ size, decode, background });
  const picture = async (file: string): Promise<NDArray<"f32">> => stack([toArray(await open(file))]); // [1,3,H,W]
  const [pixels, shades] = await Promise.all([picture(image), mask === undefined ? undefined : picture(mask)]);
  const latents = await (await run.tokenizer()).encode(pixels);
  return { latents, strength, ...(shades && { mask: greys(shades) }) };
}

/** [1,3,H,W] → [1,1,H,W]. */
function greys({ data, shape }: NDArray<"f32">): NDArray<"f32"> {
  const [, , height = 0, width = 0] = shape;
  const area = height * width;
  const grey = (i: number): number =>
    ((data[i] as number) + (data[i + area] as number) + (data[i + 2 * area] as number)) / 3;
  return { dtype: "f32", shape: [1, 1, height, width], data: Float32Array.from({ length: area }, (_, i) => grey(i)) };
}
