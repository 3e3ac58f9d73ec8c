import { loadImages } from "@gmem/datasets";
import { pngGrid } from "@gmem/datasets/png";
import { scenes } from "@gmem/datasets/scenes";
import { GMemError, type NDArray, takeRows } from "@gmem/tensor";
import type { OnProgress } from "../progress.ts";
import { pairedRows, scaleFor } from "../train/preview.ts";
import { snippetsOf } from "../train/snippets.ts";
import type { RunInTraining } from "../train/train-run.ts";
import { adherence, percent, type Share } from "./adherence.ts";

const judged = 256;
const shown = 32;
const columns = 16;

/** How well samples follow their snippets. */
export interface Verdict {
  /** Samples that carry shape and colour of the picture their snippet came from. */
  readonly follow: Share;
  /** The same with the snippets of other pictures. */
  readonly shuffled: Share;
  /** PNG: pictures, each above its sample. */
  readonly grid: Uint8Array;
}

/**
 * Samples from snippets of scenes that training never saw, against the scenes themselves and against other ones.
 * @throws {GMemError} code `CONFIG` for a run without an encoder of snippets.
 */
export async function judge({ prepared, samplers }: RunInTraining, onProgress?: OnProgress): Promise<Verdict> {
  const { config, memory } = prepared;
  const { size, layout } = config.image;
  // another seed than the training and the held-out scenes have
  const fresh = scenes({ count: judged, size, layout, seed: config.seed + 2 });
  if (!memory?.encoder)
    throw new GMemError(
      "CONFIG",
      `demo: needs a memory bank of pictures, got conditioner.kind=${config.conditioner.kind}`,
    );
  const snippets = await snippetsOf(memory.encoder, fresh);
  const sampler = await samplers.sampler(config.sampler, { batchSize: 64 });
  const samplesOf = async (rows: readonly number[], before: number): Promise<NDArray<"f32">> => {
    const request = { snippets: takeRows(snippets, rows) };
    const { images } = await sampler.draw({
      request,
      count: judged,
      seed: config.seed,
      onProgress: ({ samples }) => onProgress?.({ stage: "judge", done: before + samples, total: 2 * judged }),
    });
    return images;
  };
  const own = Array.from({ length: judged }, (_, i) => i);
  const others = own.map((i) => (i + judged / 2) % judged);
  const pictures = await samplesOf(own, 0);
  const follow = await adherence(pictures, fresh);
  const shuffled = await adherence(await samplesOf(others, judged), fresh);
  onProgress?.({ stage: "judge", done: 2 * judged, total: 2 * judged, result: percent(follow) });
  const first = own.slice(0, shown);
  const paired = pairedRows(await loadImages(fresh, Int32Array.from(first)), takeRows(pictures, first), { columns });
  return { follow, shuffled, grid: await pngGrid(paired, { columns, scale: scaleFor(size) }) };
}
