import {
  type DrawnOrder,
  type DrawOrder,
  type DrawStart,
  pictureStart,
  type Run,
  stepBatcher,
  usualBatch,
} from "@gmem/runs";
import type { SampleProgress } from "@gmem/samplers";
import { GMemError } from "@gmem/tensor";

/** The flags of drawing from a picture, and those that do not go with them. */
export interface FromImageFlags {
  readonly fromImage?: string;
  readonly strength?: number;
  readonly mask?: string;
  readonly noise?: string;
  readonly add?: readonly string[];
}

/** @throws {GMemError} code `CONFIG` for flags that need --from-image, or do not go with it. */
export function checkFromImage({ fromImage, strength, mask, noise, add }: FromImageFlags): void {
  const refuse = (rule: string): never => {
    throw new GMemError("CONFIG", `sample: ${rule}`);
  };
  if (fromImage === undefined) {
    if (strength !== undefined || mask !== undefined)
      refuse("--strength and --mask are of --from-image, got none; name the picture, or leave them out");
    return;
  }
  if (noise !== undefined || add !== undefined) refuse("--from-image does not go with --noise or --add; leave one out");
  if (strength !== undefined && !(strength >= 0 && strength <= 1))
    refuse(`--strength must be in 0 … 1, got ${strength}; 0 gives the picture back, 1 draws it anew`);
}

/** The picture of the flags, encoded; undefined without one. */
export async function startOf(run: Run, flags: FromImageFlags): Promise<DrawStart | undefined> {
  const { fromImage: image, strength = 0.6, mask } = flags;
  return image === undefined ? undefined : pictureStart(run, { image, strength, mask });
}

/** Draws from a picture, in batches of the size that drawing without one has. */
export async function drawFrom(
  run: Run,
  { order, onProgress }: { readonly order: DrawOrder; readonly onProgress: (progress: SampleProgress) => void },
): Promise<DrawnOrder> {
  const { count, settings } = order;
  const batcher = await stepBatcher(run, { slots: usualBatch(count) * (settings.cfg === 1 ? 1 : 2) });
  let taken = 0;
  try {
    return await batcher.draw({
      ...order,
      onStep({ steps }) {
        taken++;
        onProgress({ samples: Math.floor(taken / steps), count, step: taken % steps, steps });
      },
    });
  } finally {
    await batcher.close();
  }
}
