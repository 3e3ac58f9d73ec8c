import { checkScene, type SceneExample } from "@gmem/datasets/scenes";
import { wilsonInterval } from "@gmem/metrics";
import type { Dataset } from "@gmem/spec";
import { array, type NDArray } from "@gmem/tensor";

/** A share with its 95 % interval. */
export interface Share {
  readonly share: number;
  readonly interval: readonly [low: number, high: number];
  readonly count: number;
}

/** The share of pictures [N,3,H,W] that carry both shape and colour of the main object of scene i, for picture i. */
export async function adherence(pictures: NDArray<"f32">, sources: Dataset<SceneExample>): Promise<Share> {
  const [count, ...image] = pictures.shape as [number, number, number, number];
  const size = pictures.data.length / count;
  let right = 0;
  for (let i = 0; i < count; i++) {
    const seen = checkScene(array(pictures.data.subarray(i * size, (i + 1) * size), image));
    const [main] = (await sources.at(i)).scene.objects;
    if (seen.shape === main.shape && seen.colour === main.colour) right++;
  }
  return shareOf(right, count);
}

/** So many of so many. */
export function shareOf(right: number, count: number): Share {
  const { value, low, high } = wilsonInterval(right, count);
  return { share: value, interval: [low, high], count };
}

/** "95.3 % (92.0–97.3 % at 95 % confidence, 256 pictures)". */
export const percent = ({ share, interval: [low, high], count }: Share): string =>
  `${(100 * share).toFixed(1)} % (${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)} % at 95 % confidence, ${count} pictures)`;
