import { partOf } from "@gmem/nn";
import { GMemError, shellWord } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { modelMetadata } from "../folder/model-metadata.ts";
import { readRunConfig } from "../folder/run-config.ts";
import { runFiles } from "../folder/run-files.ts";
import { checkAgreement } from "../open/check-agreement.ts";
import { openModel } from "../open/open-model.ts";
import { modelHeader } from "../open/read-parameters.ts";
import { startFrom } from "../train/start-from.ts";
import type { Conversion, ConversionRequest, Converted } from "./conversion.ts";
import { convertedConfig } from "./converted-config.ts";
import { encoderIdOf, newRunFolder } from "./new-run-folder.ts";
import { type AnyBank, openAnyBank } from "./open-any-bank.ts";
import { oneOf } from "./options.ts";
import { swapBank } from "./swap-bank.ts";
import { fates } from "./tensor-fate.ts";

interface Plan {
  readonly config: RunConfig;
  readonly classes: readonly string[];
  readonly memory: AnyBank;
}

/** What becomes another, and what is carried to another patch or image size (G.4). */
const changed = ["conditioner", "adapter", "backbone.patchSize", "image.size"];

/**
 * E.2: a class-conditional run, to become one with a memory bank; its table gives way to an S-Adapter. A run with a bank gets
 * another (`swapBank`).
 */
export async function toMemoryBank(request: ConversionRequest): Promise<Conversion> {
  const { source, options } = request;
  const { model: file } = runFiles(source);
  const { tensors, metadata } = await modelHeader(runFiles(source));
  const { config: before, classes } = readRunConfig(runFiles(source));
  if (before.conditioner.kind === "memory-bank") return swapBank(request);
  if (before.conditioner.kind !== "class-table")
    throw new GMemError(
      "CONFIG",
      `--to memory-bank: needs a run with a class table or a bank, got ${before.conditioner.kind}`,
    );
  const adapter = oneOf("--adapter", options.adapter ?? "ridge", ["ridge", "random"]);
  if (adapter === "ridge" && before.conditioner.perClass > 1)
    throw new GMemError(
      "CONFIG",
      `--adapter: ridge fits one embedding a class, got conditioner.perClass=${before.conditioner.perClass}; use --adapter random`,
    );
  const replaced = {
    conditioner: { kind: "memory-bank" },
    adapter: { kind: "linear", gain: 1 },
    start: { run: source, warm: adapter === "ridge" },
  };
  const config = convertedConfig(before, replaced, request);
  await checkAgreement({ file, metadata }, { config, source: "convert", except: changed });
  const memory = await labelledBank(request, adapter);
  const kept = (name: string): string | undefined =>
    ["class table", "projector"].includes(partOf(name)) ? undefined : name;
  return {
    about: `${source} → run folder with a memory bank of ${memory.bank.size} × ${memory.bank.dim}, S-Adapter ${adapter === "ridge" ? "fitted to the class table" : "new"}`,
    tensors: fates(tensors, kept),
    assumed: [],
    write: () => write(request, { config, classes, memory }),
    close: () => memory.bank.close(),
  };
}

async function labelledBank({ options }: ConversionRequest, adapter: "ridge" | "random"): Promise<AnyBank> {
  if (options.bank === undefined)
    throw new GMemError("CONFIG", "--to memory-bank: needs the snippets that take the table's place; give --bank");
  const memory = await openAnyBank(options.bank);
  if (adapter === "random" || memory.bank.labels) return memory;
  await memory.bank.close();
  throw new GMemError(
    "BANK",
    `--bank: the fit of the S-Adapter needs a bank with labels, got ${options.bank} without; build it from labelled images, or use --adapter random`,
  );
}

async function write(request: ConversionRequest, { config, classes, memory }: Plan): Promise<Converted> {
  const { source, out } = request;
  const { bank } = memory;
  const model = await openModel(config, { bank, classes: classes.length });
  const start = await startFrom(config, { model, bank, classes: classes.length });
  const parameters = start?.parameters ?? {};
  const metadata = modelMetadata(config, { ...model, encoderId: encoderIdOf(memory) });
  await newRunFolder(request, { config: { ...config, start: null }, classes, memory }, (path) =>
    writeSafetensors(path, parameters, { metadata }),
  );
  return {
    out: [out],
    notes: [
      start?.note ?? "",
      `train it further (10K–20K steps in the paper) with ${shellWord(`start.run=${out}`)}; ${source} is as it was`,
    ],
    next: ["sample", out, "--rows", "0"],
  };
}
