import { join } from "node:path";
import { loadConfig, runFiles, runFolder, trainRun } from "@gmem/runs";
import { judge, percent, type Verdict } from "@gmem/runs/demo";
import { say, stopOnInterrupt } from "@gmem/terminal";
import { writeFileAtomic } from "@gmem/weights";
import { monitor } from "../monitor.ts";
import { promptFacts } from "../prompt-pictures.ts";
import { commandLine, work } from "../terminal.ts";
import { type DemoTexts, demoTexts } from "./demo-texts.ts";

/**
 * `gmem-train demo`: the whole way on built-in scenes, how well samples follow their snippets, and then typed sentences: an
 * adapter of text learns the snippets of captions, and draws what no scene of the training shows.
 */
export async function demo(settings: readonly string[], { json }: { readonly json?: boolean }): Promise<void> {
  const stages = stopwatch();
  const config = await loadConfig("scenes-tiny", ["name=demo", "image.combinations=seen", ...settings]);
  const files = runFiles(runFolder(config));
  const picture = join(files.samples, "demo.png");
  const signal = stopOnInterrupt("the demo is not resumed; press Ctrl-C again to stop at once");
  const common = work();
  let verdict: Verdict | undefined;
  let texts: DemoTexts | undefined;
  const result = await trainRun(config, {
    files,
    resume: false,
    replace: true, // the demo always begins anew
    signal,
    ...common,
    watch(run) {
      stages.end("scenes, encoder and bank");
      return monitor(run, () => found(verdict, texts));
    },
    async afterwards(run) {
      stages.end("training");
      verdict = await judge(run, common.onProgress);
      await writeFileAtomic(picture, verdict.grid);
      stages.end("judging");
      texts = await demoTexts(run, { ...common, signal, learned: () => stages.end("learning captions") });
      stages.end("drawing sentences");
    },
  });
  const { follow, shuffled } = verdict as unknown as Verdict; // `afterwards` has run
  const { verdict: said, file, folder } = texts as unknown as DemoTexts;
  const summary = {
    adherence: follow.share,
    adherenceInterval: follow.interval,
    adherenceShuffled: shuffled.share,
    adherenceShuffledInterval: shuffled.interval,
    pictures: follow.count,
    sentences: said,
    seconds: stages.total(),
    secondsOf: stages.seconds,
    steps: result.steps,
    loss: result.loss,
  };
  await writeFileAtomic(join(files.folder, "demo.json"), `${JSON.stringify(summary, null, 2)}\n`);
  const lines = [
    `shape and colour as in the source image: ${percent(follow)}`,
    `with shuffled snippets:                  ${percent(shuffled)}`,
    `new sentences, all that they ask for:    ${percent(said.carried)}`,
    `shuffled sentences, a quarter is chance: ${percent(said.shuffled)}`,
    `real scenes of them, the ceiling:        ${percent(said.ceiling)}`,
    `time     ${summary.seconds} s: ${Object.entries(stages.seconds)
      .map(([stage, seconds]) => `${stage} ${seconds}`)
      .join(", ")}`,
    `pictures ${picture}`,
    `         ${file}`,
    `report   ${files.report}`,
    `next     ${commandLine("sample", files.folder, "--interpolate", "3,42")}`,
    `         ${commandLine("sample", folder, "--text", "a blue circle in the middle")}`,
  ];
  say(json, summary, lines.join("\n"));
}

/** What the report says of it. */
function found(verdict: Verdict | undefined, texts: DemoTexts | undefined) {
  if (!verdict) return {};
  const { follow, shuffled, grid } = verdict;
  return {
    facts: {
      adherence: percent(follow),
      "adherence, shuffled snippets": percent(shuffled),
      ...(texts && promptFacts(texts.verdict)),
    },
    images: [
      ...(texts ? [texts.pictures] : []),
      { title: "held-out pictures, each above a sample from its snippet", png: grid },
    ],
  };
}

/** Seconds of one stage after the other, to a tenth. */
function stopwatch() {
  const began = performance.now();
  let last = began;
  const tenths = (from: number): number => Number(((performance.now() - from) / 1000).toFixed(1));
  const seconds: Record<string, number> = {};
  return {
    seconds,
    total: () => tenths(began),
    end(stage: string) {
      seconds[stage] = tenths(last);
      last = performance.now();
    },
  };
}
