import { captionsInWords } from "@gmem/datasets/captions";
import type { ReportContent } from "@gmem/report";
import {
  bankFacts,
  bankInWords,
  guidanceNote,
  type PreparedRun,
  preview,
  previewTexts,
  type RunInTraining,
  versions,
  type Watch,
} from "@gmem/runs";
import { counted } from "@gmem/tensor";
import { quantity } from "@gmem/terminal";
import { parameterCount } from "./parameter-count.ts";
import { watchTraining } from "./watch-training.ts";

type More = Partial<Pick<ReportContent, "facts" | "images">>;

/**
 * What people see of a run while it goes on: what is in its bank, a live line, TensorBoard events, sample grids and the
 * report, which is there before the first step.
 * @param more what else the report shows, asked for each time it is written.
 */
export async function monitor(
  { files, prepared, trainer, samplers, start }: RunInTraining,
  more: () => More = () => ({}),
): Promise<Watch> {
  const { config } = prepared;
  const facts = await knownFacts(prepared);
  if (start) process.stderr.write(`${start}\n`);
  const note = guidanceNote(config, config.sampler);
  if (note) process.stderr.write(`note: ${note}\n`);
  if (config.backbone.kind === "dit" && config.steps < 10_000) process.stderr.write(`note: ${ditNote}\n`);
  if (config.engine.precision === "f16" && config.engine.device === "cpu") process.stderr.write(`note: ${halfNote}\n`);
  if (facts["memory bank"]) process.stderr.write(`memory bank: ${facts["memory bank"]}\n`);
  process.stderr.write(
    `${quantity(parameterCount(prepared.model))} parameters, batch ${config.batch}${config.workers > 1 ? ` ${config.exchange === "exact" ? "on" : "of each of"} ${config.workers} workers` : ""}, ${counted(config.steps, "step")} → ${files.folder}\n`,
  );
  return watchTraining({
    files,
    config,
    trainer,
    facts,
    data: prepared,
    versions: versions(config),
    grid: () => preview(prepared, samplers),
    shows: "samples",
    texts: await previewTexts(prepared),
    more,
  });
}

const halfNote =
  "engine.precision=f16 rounds what is multiplied and is no faster on a processor; it is for engine.device=webgpu and cuda";
const ditNote =
  "a DiT follows its snippets later than backbone.kind=sit: most of the steps of its process are nearly pure noise, " +
  "where its loss says little; after as few steps as these take sit, or train longer";

const workersInWords = ({ workers, exchange, rounds }: PreparedRun["config"]): string =>
  exchange === "exact"
    ? `${workers} that share each batch; the bits are those of one`
    : `${workers} parts of a round of ${rounds.steps} steps, then joined at ${rounds.lr} with momentum ${rounds.momentum}; not what one worker makes`;

/** What is known before training. */
async function knownFacts(prepared: PreparedRun): Promise<Record<string, string>> {
  const { config, about, train, model, memory, engine, classes, captioned } = prepared;
  const bank = memory && (await bankFacts(memory.bank, engine));
  const named = bank?.classes?.map(({ label, rows }) => `${classes[label] ?? label}: ${rows}`) ?? [];
  const more = named.length > 20 ? [...named.slice(0, 20), `and ${named.length - 20} more`] : named;
  return {
    images: `${train.length} to train on: ${about}`,
    ...(captioned ? { captions: captionsInWords(captioned) } : {}),
    conditioning: memory ? `memory bank, encoder ${memory.encoderId}` : config.conditioner.kind,
    ...(bank ? { "memory bank": bankInWords(bank) } : {}),
    ...(named.length > 0 ? { "rows of a class": more.join(", ") } : {}),
    network: `${model.backbone.name}, ${quantity(parameterCount(model))} parameters`,
    ...((config.workers > 1 || config.exchange === "rounds") && {
      workers: workersInWords(config),
    }),
  };
}
