import { setImmediate as nextTurn } from "node:timers/promises";
import { type RgbImage, toBytes } from "@gmem/datasets/png";
import { type NDArray, takeRows } from "@gmem/tensor";

/** Milliseconds that pictures may hold the event loop at a time. */
const most = 4;

/** Pictures [N,3,H,W] as bytes, one after the other; steps and answers go on between them. */
export async function toBytesInTurns(parts: readonly NDArray<"f32">[]): Promise<readonly RgbImage[]> {
  const pictures: RgbImage[] = [];
  let began = performance.now();
  for (const images of parts)
    for (let row = 0; row < (images.shape[0] as number); row++) {
      pictures.push(toBytes(pictureAt(images, row)));
      if (performance.now() - began < most) continue;
      await nextTurn();
      began = performance.now();
    }
  return pictures;
}

/** [3,H,W] of [N,3,H,W]. */
export function pictureAt(images: NDArray<"f32">, row: number): NDArray<"f32"> {
  const picture = takeRows(images, [row]);
  return { ...picture, shape: picture.shape.slice(1) };
}
