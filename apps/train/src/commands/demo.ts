import { rmSync } from "node:fs";
import { join } from "node:path";
import { loadImages } from "@gmem/datasets";
import { pngGrid } from "@gmem/datasets/png";
import { scenes } from "@gmem/datasets/scenes";
import { type DeviceState, takeRows } from "@gmem/tensor";
import { writeFileAtomic } from "@gmem/weights";
import { loadConfig } from "../config/load.ts";
import { progress } from "../output/progress.ts";
import { self } from "../output/self.ts";
import { adherence, percent, type Share } from "../run/adherence.ts";
import { snippetsOf } from "../run/bank.ts";
import type { Pipeline } from "../run/pipeline.ts";
import { pairedRows, scaleFor } from "../run/preview.ts";
import { folderOf, runFiles } from "../run/run-files.ts";
import { draw } from "../run/sampling.ts";
import { trainRun } from "../run/train-run.ts";
import { stopOnInterrupt } from "./interrupt.ts";
import { presetTrees } from "./run.ts";

const judged = 256;
const shown = 32;
const columns = 16;

/** `gmem-train demo`: the whole way on built-in scenes, and how well the samples follow their snippets. */
export async function demo(settings: readonly string[], { json }: { readonly json?: boolean }): Promise<void> {
  const began = performance.now();
  const config = await loadConfig("scenes-tiny", { presets: presetTrees(), settings: ["name=demo", ...settings] });
  const files = runFiles(folderOf(config));
  rmSync(files.folder, { recursive: true, force: true }); // the demo always begins anew
  const signal = stopOnInterrupt("the demo is not resumed; press Ctrl-C again to stop at once");
  const found: { follow?: Share; shuffled?: Share } = {};
  const result = await trainRun(config, {
    ...{ files, signal, resume: false },
    async afterwards(pipeline, state) {
      const verdict = await judge(pipeline, state);
      Object.assign(found, verdict);
      await writeFileAtomic(join(files.samples, "demo.png"), verdict.grid);
      return {
        facts: { adherence: percent(verdict.follow), "adherence, shuffled snippets": percent(verdict.shuffled) },
        images: [{ title: "held-out pictures, each above a sample from its snippet", png: verdict.grid }],
      };
    },
  });
  const { follow, shuffled } = found as { follow: Share; shuffled: Share };
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  const summary = {
    ...{ adherence: follow.share, adherenceInterval: follow.interval },
    ...{ adherenceShuffled: shuffled.share, adherenceShuffledInterval: shuffled.interval },
    ...{ pictures: follow.count, seconds, steps: result.steps, loss: result.loss },
  };
  await writeFileAtomic(join(files.folder, "demo.json"), `${JSON.stringify(summary, null, 2)}\n`);
  if (json) {
    process.stdout.write(`${JSON.stringify(summary)}\n`);
    return;
  }
  process.stdout.write(
    [
      `shape and colour as in the source image: ${percent(follow)}`,
      `with shuffled snippets:                  ${percent(shuffled)}`,
      `time     ${seconds} s`,
      `pictures ${join(files.samples, "demo.png")}`,
      `report   ${files.report}`,
      `next     ${self} sample ${files.folder} --interpolate 3,42`,
      "",
    ].join("\n"),
  );
}

/** Samples from snippets of images that training never saw, against the images themselves and against other ones. */
async function judge(
  pipeline: Pipeline,
  state: DeviceState,
): Promise<{ readonly follow: Share; readonly shuffled: Share; readonly grid: Uint8Array }> {
  const { config, memory } = pipeline;
  const { size, layout } = config.image;
  // another seed than the training and the held-out scenes have
  const fresh = scenes({ count: judged, size, layout, seed: config.seed + 2 });
  if (!memory?.encoder) throw new TypeError("the demo needs a memory bank");
  const snippets = await snippetsOf(memory.encoder, fresh);
  const line = progress({ label: "judge", total: 2 * judged });
  const samplesOf = async (
    rows: readonly number[],
    done: number,
  ): Promise<Awaited<ReturnType<typeof draw>>["images"]> => {
    const request = { snippets: takeRows(snippets, rows) };
    const parts = { ...pipeline, settings: config.sampler, state };
    const onProgress = ({ samples }: { readonly samples: number }): void => line.update(done + samples);
    return (await draw(parts, { request, count: judged, seed: config.seed, batchSize: 64, onProgress })).images;
  };
  const own = Array.from({ length: judged }, (_, i) => i);
  const pictures = await samplesOf(own, 0);
  const follow = await adherence(pictures, fresh);
  const shuffled = await adherence(
    await samplesOf(
      own.map((i) => (i + judged / 2) % judged),
      judged,
    ),
    fresh,
  );
  line.finish(percent(follow));
  const first = own.slice(0, shown);
  const paired = pairedRows(await loadImages(fresh, Int32Array.from(first)), takeRows(pictures, first), { columns });
  return { follow, shuffled, grid: await pngGrid(paired, { columns, scale: scaleFor(size) }) };
}
