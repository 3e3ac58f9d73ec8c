import { openRun } from "@gmem/runs";
import { type DrawingsVerdict, judgeDrawings } from "@gmem/runs/demo";

/** What the model draws of captions, as `gmem-train run` judges runs of drawings. */
export async function measureAdherence(model: string): Promise<DrawingsVerdict> {
  const run = await openRun(model);
  try {
    return await judgeDrawings(run);
  } finally {
    await run.close();
  }
}
