import { join } from "node:path";
import { loadConfig, runFiles, runFolder, trainRun } from "@gmem/runs";
import { judge, percent, type Verdict } from "@gmem/runs/demo";
import { stopOnInterrupt } from "@gmem/terminal";
import { writeFileAtomic } from "@gmem/weights";
import { monitor } from "../monitor.ts";
import { commandLine, say, work } from "../terminal.ts";

/** `gmem-train demo`: the whole way on built-in scenes, and how well the samples follow their snippets. */
export async function demo(settings: readonly string[], { json }: { readonly json?: boolean }): Promise<void> {
  const began = performance.now();
  const config = await loadConfig("scenes-tiny", ["name=demo", ...settings]);
  const files = runFiles(runFolder(config));
  const picture = join(files.samples, "demo.png");
  const signal = stopOnInterrupt("the demo is not resumed; press Ctrl-C again to stop at once");
  const common = work();
  let verdict: Verdict | undefined;
  const result = await trainRun(config, {
    files,
    resume: false,
    replace: true, // the demo always begins anew
    signal,
    ...common,
    watch: (run) => monitor(run, () => found(verdict)),
    async afterwards(run) {
      verdict = await judge(run, common.onProgress);
      await writeFileAtomic(picture, verdict.grid);
    },
  });
  const { follow, shuffled } = verdict as unknown as Verdict; // `afterwards` has run
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  const summary = {
    adherence: follow.share,
    adherenceInterval: follow.interval,
    adherenceShuffled: shuffled.share,
    adherenceShuffledInterval: shuffled.interval,
    pictures: follow.count,
    seconds,
    steps: result.steps,
    loss: result.loss,
  };
  await writeFileAtomic(join(files.folder, "demo.json"), `${JSON.stringify(summary, null, 2)}\n`);
  const lines = [
    `shape and colour as in the source image: ${percent(follow)}`,
    `with shuffled snippets:                  ${percent(shuffled)}`,
    `time     ${seconds} s`,
    `pictures ${picture}`,
    `report   ${files.report}`,
    `next     ${commandLine("sample", files.folder, "--interpolate", "3,42")}`,
  ];
  say(json, summary, lines.join("\n"));
}

/** What the report says of it. */
function found(verdict: Verdict | undefined) {
  if (!verdict) return {};
  const { follow, shuffled, grid } = verdict;
  return {
    facts: { adherence: percent(follow), "adherence, shuffled snippets": percent(shuffled) },
    images: [{ title: "held-out pictures, each above a sample from its snippet", png: grid }],
  };
}
