import { dirname } from "node:path";
import type { WeightsFile } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { runFiles } from "../folder/run-files.ts";
import { besideCheckpoint } from "./bank-beside.ts";
import type { AnyBank } from "./open-any-bank.ts";

/** What a checkpoint became, besides the network. */
interface Became {
  readonly config: RunConfig;
  readonly memory?: AnyBank;
  readonly encoder?: string | undefined;
  readonly encoderId?: string | undefined;
}

/** A run folder has f32 alone. */
function typesOf({ tensors }: Pick<WeightsFile, "tensors">): readonly string[] {
  const others = new Set(Object.values(tensors).flatMap(({ dtype }) => (dtype === "F32" ? [] : [dtype])));
  return others.size === 0 ? [] : [`tensors of ${[...others].join(", ")} are kept as F32`];
}

/** True for a file that `convert` did not write. */
const isOfOthers = ({ values }: Pick<WeightsFile, "values">): boolean =>
  (values.checkpoint ?? values["config/checkpoint"]) === undefined;

/** What a person should know of a converted checkpoint. */
export function notesOf(
  { config, memory, encoder, encoderId }: Became,
  { file, source }: { readonly file: Pick<WeightsFile, "tensors" | "values">; readonly source: string },
): readonly string[] {
  const { tokenizer, conditioner, textEncoder } = config;
  const isCaptions = conditioner.kind === "captions";
  const isLost = encoderId?.startsWith("patch-kmeans-") && encoder === undefined;
  return [
    ...typesOf(file),
    ...(isCaptions && conditioner.connector !== null && isOfOthers(file)
      ? [
          "the queries learned inside the language model; here they meet its tokens in the connector (decision 082): train on before drawing, train.only=t2s",
        ]
      : []),
    ...(isCaptions && textEncoder === null
      ? [`drawing needs the text encoder: give textEncoder='{kind: prompt-tokens, of: …, length: …}' here`]
      : []),
    ...(conditioner.kind === "memory-bank" && !memory
      ? ["sampling needs a bank of the encoder's snippets: give --bank, or make one with `bank build`"]
      : []),
    ...(isLost
      ? [
          `the learned encoder ${encoderId} is not there: images can be encoded once it lies at ${besideCheckpoint(source).encoder} and this is converted again`,
        ]
      : []),
    ...("weights" in tokenizer && tokenizer.weights === null
      ? [`pictures need the decoder: set tokenizer.weights=FILE here; latents alone go without (sample --latents)`]
      : []),
  ];
}

/** The command that goes on from there. */
export function nextOf(out: string, { config, memory, encoder }: Became): readonly string[] {
  const { kind } = config.conditioner;
  if (kind === "class-table") return ["sample", out, "--label", "0"];
  if (kind === "captions" && config.textEncoder === null)
    return ["run", "openuni-stage-1", "data=IMAGES", `start.run=${out}`];
  if (kind === "t2s" || kind === "captions") return ["sample", out, "--text", "a red circle"];
  if (kind !== "memory-bank") return ["sample", out];
  if (memory) return ["sample", out, "--rows", "0"];
  const { encoder: settings, image } = config;
  const files = runFiles(out);
  const learned = settings.kind === "patch-kmeans"; // its file is a run's, and holds its settings
  const of = learned
    ? ["--encoder", encoder === undefined ? "FILE" : files.encoder]
    : [`encoder.kind=${settings.kind}`, "encoder.weights=FILE"];
  return ["bank", "build", "IMAGES", ...of, "--size", String(image.size), "--out", dirname(files.bank)];
}
