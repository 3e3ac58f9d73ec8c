import type { DrawStart } from "@gmem/runs";
import { type NDArray, stack } from "@gmem/tensor";
import type { ServedRun } from "../runs/served-run.ts";
import { base64Bytes, pictureOf } from "./picture-pixels.ts";
import type { SampleBody } from "./sample-body.ts";

/** Where a request begins from a picture: its latents and mask; undefined for others. */
export async function startOf({ run }: ServedRun, body: SampleBody): Promise<DrawStart | undefined> {
  const { image, strength, mask } = body;
  if (image === undefined || strength === undefined) return undefined;
  const picture = await pictureOf(base64Bytes(image, "image"), run.config.image);
  const latents = await (await run.tokenizer()).encode(stack([picture]));
  if (mask === undefined) return { latents, strength };
  return { latents, strength, mask: greys(await pictureOf(base64Bytes(mask, "mask"), run.config.image, "mask")) };
}

/** The brightness of a picture [3,S,S], as a mask [1,1,S,S]. */
function greys({ data, shape }: NDArray<"f32">): NDArray<"f32"> {
  const [, height = 1, width = 1] = shape;
  const area = height * width;
  const grey = (i: number): number => [0, 1, 2].reduce((sum, c) => sum + (data[i + c * area] as number) / 3, 0);
  return { dtype: "f32", shape: [1, 1, height, width], data: Float32Array.from({ length: area }, (_, i) => grey(i)) };
}
