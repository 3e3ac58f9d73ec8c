import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pngGrid } from "@gmem/datasets/png";
import { drawings } from "@gmem/drawings";
import { stack } from "@gmem/tensor";
import { writeFileAtomic } from "@gmem/weights";
import type { GridPlan } from "./plan.ts";

/** Pixels of the picture's file to one that was drawn, so that a row's pictures are about this large. */
const side = 64;

/** Draws the texts of the README, a row each. */
export async function writeGrid(home: string, { texts, count, seed }: GridPlan): Promise<void> {
  const artist = await drawings({ model: join(home, "model") });
  const rows = [];
  for (const text of texts) rows.push(await artist.draw(text, { count, seed }));
  await artist.close();
  const images = rows.flat().map(({ image }) => image);
  const scale = Math.max(1, Math.round(side / (images[0]?.shape[1] as number)));
  await mkdir(join(home, "images"), { recursive: true });
  await writeFileAtomic(join(home, "images/grid.png"), await pngGrid(stack(images), { columns: count, scale, gap: 4 }));
}
