import { join } from "node:path";
import {
  checkConfig,
  type RunConfig,
  type RunInTraining,
  runFiles,
  runFolder,
  trainRun,
  type WorkOptions,
} from "@gmem/runs";
import { judgePrompts, type PromptVerdict } from "@gmem/runs/demo";
import { writeFileAtomic } from "@gmem/weights";
import { monitor } from "../monitor.ts";
import { type PromptPictures, promptFacts, promptPictures } from "../prompt-pictures.ts";

const sentences = 32;

/** What the demo makes of typed sentences. */
export interface DemoTexts {
  readonly verdict: PromptVerdict;
  readonly pictures: PromptPictures;
  /** Run folder that draws texts. */
  readonly folder: string;
  /** Of its own: SVG. */
  readonly file: string;
}

/** Teaches the finished network of the demo what captions mean, without changing it, and draws sentences that are new to it. */
export async function demoTexts(
  { prepared, files: before }: RunInTraining,
  { learned, ...work }: WorkOptions & { readonly learned: () => void },
): Promise<DemoTexts> {
  const config = textsConfig(prepared.config, before.folder);
  const files = runFiles(runFolder(config));
  const file = join(files.samples, "sentences.svg");
  let found: Omit<DemoTexts, "folder" | "file"> | undefined;
  await trainRun(config, {
    files,
    resume: false,
    replace: true,
    ...work,
    watch: (run) => monitor(run, () => (found ? { facts: promptFacts(found.verdict), images: [found.pictures] } : {})),
    async afterwards({ prepared, samplers }) {
      learned();
      const drawing = { ...prepared, sampler: samplers.sampler };
      const { verdict, images } = await judgePrompts(drawing, { ...work, count: sentences });
      found = { verdict, pictures: await promptPictures(verdict, images) };
      await writeFileAtomic(file, found.pictures.svg);
    },
  });
  return { ...(found as Omit<DemoTexts, "folder" | "file">), folder: files.folder, file }; // `afterwards` has run
}

/** The run's own settings, its bank swapped for text: the adapter alone learns, from snippets, without a pass of the network. */
function textsConfig(config: RunConfig, folder: string): RunConfig {
  return checkConfig(
    {
      ...config,
      name: `${config.name}-text`,
      batch: 64,
      checkpointEvery: config.steps,
      sampleEvery: config.steps,
      conditioner: { kind: "t2s", loss: "snippet-regression" },
      textEncoder: { kind: "hashed-words", dim: 512 },
      train: { only: "t2s" },
      optimizer: { ...config.optimizer, lr: 1e-3 },
      start: { run: folder },
    },
    "demo",
  );
}
