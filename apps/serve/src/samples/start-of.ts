import type { NDArray } from "@gmem/tensor";
import { stack } from "@gmem/tensor";
import type { ServedRun } from "../runs/served-run.ts";
import { base64Bytes, pictureOf } from "./picture-pixels.ts";
import type { SampleBody } from "./sample-body.ts";

/** A picture that drawing begins from. */
export interface Start {
  /** [1,C,H,W]. */
  readonly latents: NDArray<"f32">;
  /** The time that it begins at. */
  readonly strength: number;
  /** [1,1,H,W] of the latents: 1 is drawn anew, 0 stays. */
  readonly mask?: NDArray<"f32">;
}

/** Where a request begins from a picture: its latents and mask; undefined for others. */
export async function startOf({ run }: ServedRun, { image, strength, mask }: SampleBody): Promise<Start | undefined> {
  if (image === undefined || strength === undefined) return undefined;
  const picture = await pictureOf(base64Bytes(image, "image"), run.config.image);
  const latents = await (await run.tokenizer()).encode(stack([picture]));
  if (mask === undefined) return { latents, strength };
  const drawnAnew = await pictureOf(base64Bytes(mask, "mask"), run.config.image, "mask");
  const [, , height = 1, width = 1] = latents.shape;
  return { latents, strength, mask: averaged(drawnAnew, { height, width }) };
}

/** The brightness of a picture [3,S,S] in cells of a coarser grid [1,1,H,W], 1 from a half on. */
function averaged(
  { data, shape }: NDArray<"f32">,
  { height, width }: { readonly height: number; readonly width: number },
): NDArray<"f32"> {
  const [channels = 3, rows = 1, columns = 1] = shape;
  const sums = new Float32Array(height * width);
  for (let i = 0; i < data.length; i++) {
    const [y, x] = [Math.floor(i / columns) % rows, i % columns];
    const cell = Math.floor((y * height) / rows) * width + Math.floor((x * width) / columns);
    sums[cell] = (sums[cell] as number) + (data[i] as number);
  }
  const most = (channels * rows * columns) / (height * width);
  return { dtype: "f32", shape: [1, 1, height, width], data: sums.map((sum) => (sum / most >= 0.5 ? 1 : 0)) };
}
