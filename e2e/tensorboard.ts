import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pythonModule } from "./python-module.ts";
import { root, run } from "./repository.ts";
import type { Steps } from "./steps.ts";
import { tinySettings } from "./tiny-run.ts";

/** Reads a run folder as TensorBoard does, and prints its scalars and the sizes of its images as JSON. */
const program = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0})
events.Reload()
tags = events.Tags()
png = b"\\x89PNG"
json.dump({
    "scalars": {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]},
    "images": {tag: [[e.step, e.width, e.height, e.encoded_image_string[:4] == png] for e in events.Images(tag)] for tag in tags["images"]},
}, sys.stdout)
`;

interface Seen {
  readonly scalars: Readonly<Record<string, readonly (readonly [step: number, value: number])[]>>;
  readonly images: Readonly<Record<string, readonly (readonly [number, number, number, boolean])[]>>;
}

interface Line {
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly lr: number;
  readonly evaluation?: Readonly<Record<string, number>>;
  readonly machine: { readonly imagesPerSecond: number; readonly memoryBytes: number };
}

/** PyPI's tensorboard reads the events of a run, also of one that made some steps a second time. */
export async function inTensorboard(steps: Steps, folder: string): Promise<void> {
  const found = pythonModule("tensorboard");
  if ("missing" in found) return steps.skip("event files in TensorBoard", found.missing);
  const runs = join(folder, "runs");
  await writeFile(join(folder, "events.py"), program);
  const check = async (name: string): Promise<string> => {
    const seen = JSON.parse(run(found.python, [join(folder, "events.py"), join(runs, name)], folder)) as Seen;
    const text = await readFile(join(runs, name, "metrics.jsonl"), "utf8");
    return compare(
      seen,
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Line),
    );
  };
  await steps.step(`the events of a run in TensorBoard ${found.version}`, () => check("tiny"));
  await steps.step("the events of a run that made steps a second time", async () => {
    const cli = join(root, "apps/train/dist/cli.js");
    const again = [cli, "run", "scenes-tiny", ...tinySettings, "name=again", "steps=25", "checkpointEvery=10"];
    run(process.execPath, again, folder);
    for (const gone of ["checkpoints/step-000025", "model.safetensors"])
      await rm(join(runs, "again", gone), { recursive: true }); // as if it had been killed before it saved
    run(process.execPath, [...again, "--resume"], folder);
    return check("again");
  });
}

/** Every tenth step and the last, once each, with the values of metrics.jsonl. */
function compare({ scalars, images }: Seen, lines: readonly Line[]): string {
  const last = lines.at(-1) as Line;
  const shown = lines.filter(({ step }) => step % 10 === 0 || step === last.step);
  const wanted: Record<string, readonly (readonly [number, number])[]> = {
    loss: shown.map(({ step, loss }) => [step, loss]),
    "gradient norm": shown.map(({ step, gradNorm }) => [step, gradNorm]),
    "learning rate": shown.map(({ step, lr }) => [step, lr]),
    "images per second": shown.map(({ step, machine }) => [step, machine.imagesPerSecond]),
    "memory in bytes": shown.map(({ step, machine }) => [step, machine.memoryBytes]),
  };
  for (const name of Object.keys(last.evaluation ?? {}))
    wanted[name] = lines.flatMap(({ step, evaluation }) => (evaluation ? [[step, evaluation[name] as number]] : []));
  for (const [tag, points] of Object.entries(wanted)) {
    const seen = scalars[tag] ?? [];
    const equal = points.every(([step, value], i) => {
      const [foundStep, foundValue] = seen[i] ?? [];
      return foundStep === step && Math.abs((foundValue as number) - value) <= 1e-3 * Math.abs(value); // 4 digits are kept
    });
    if (!equal || seen.length !== points.length)
      throw new Error(`${tag}: TensorBoard has ${JSON.stringify(seen)}, metrics.jsonl ${JSON.stringify(points)}`);
  }
  const grids = images.samples ?? [];
  if (!grids.some(([step, width, height, isPng]) => step === last.step && width > 0 && height > 0 && isPng))
    throw new Error(`samples: TensorBoard has no grid of step ${last.step}, but ${JSON.stringify(grids)}`);
  if (new Set(grids.map(([step]) => step)).size !== grids.length)
    throw new Error(`samples: TensorBoard has a step twice: ${JSON.stringify(grids)}`);
  return `${Object.keys(wanted).join(", ")}: ${shown.length} steps; ${grids.length} grids`;
}
