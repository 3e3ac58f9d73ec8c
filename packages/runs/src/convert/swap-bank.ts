import { existsSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { partOf } from "@gmem/nn";
import { GMemError, type Named, type Shape, sameShape } from "@gmem/tensor";
import { readRunConfig } from "../folder/run-config.ts";
import { runFiles } from "../folder/run-files.ts";
import { checkAgreement } from "../open/check-agreement.ts";
import { openModel } from "../open/open-model.ts";
import { modelHeader, readModel } from "../open/read-parameters.ts";
import { type FittingBank, fittingBank } from "./bank-beside.ts";
import type { Conversion, ConversionRequest } from "./conversion.ts";
import { convertedConfig } from "./converted-config.ts";
import { newRunFolder } from "./new-run-folder.ts";
import { type AnyBank, openAnyBank } from "./open-any-bank.ts";
import { fates } from "./tensor-fate.ts";

/**
 * H.4: a run with the bank of other images, of the same encoder. Network, sampler and every other setting stay.
 * @throws {GMemError} code `CONFIG` without a bank, `BANK` for one whose snippets the network does not understand.
 */
export async function swapBank(request: ConversionRequest): Promise<Conversion> {
  const { source, out, options } = request;
  if (options.bank === undefined)
    throw new GMemError(
      "CONFIG",
      "--to memory-bank: needs the bank that takes the place of the run's own; give --bank",
    );
  const files = runFiles(source);
  const { tensors, metadata } = await modelHeader(files);
  const { config: before } = readRunConfig(files);
  const config = convertedConfig(before, { start: null }, request);
  await checkAgreement({ file: files.model, metadata }, { config, source: "convert" });
  const opened = await openAnyBank(options.bank);
  let fitting: FittingBank;
  try {
    const { encoder } = metadata;
    fitting = await fittingBank(opened, {
      path: options.bank,
      snippets: encoder === undefined ? undefined : { encoder },
    });
    const model = await openModel(config, { bank: opened.bank, classes: 0 });
    checkWidth(options.bank, opened, { tensors, wanted: model.avals() });
  } catch (error) {
    await opened.bank.close();
    throw error;
  }
  const { memory, isAssumed } = fitting;
  const own = existsSync(files.encoder) ? { encoder: files.encoder } : {};
  const kept = { ...own, ...memory };
  return {
    about: `${source} → run folder with the bank of ${options.bank}, ${memory.bank.size} × ${memory.bank.dim}`,
    tensors: fates(tensors, (name) => name),
    assumed: isAssumed
      ? [`--bank: its snippets are of the run's encoder, ${metadata.encoder ?? config.encoder.kind}; it does not say`]
      : [],
    async verify() {
      await readModel(files);
    },
    async write() {
      await readModel(files);
      const classes = classesOf(options.bank as string, memory);
      await newRunFolder(request, { config, classes, memory: kept }, (path) => copyFile(files.model, path));
      return { out: [out], notes: [`${source} is as it was`], next: ["sample", out, "--rows", "0"] };
    },
    close: () => memory.bank.close(),
  };
}

interface Needed {
  readonly tensors: Named<{ readonly shape: Shape }>;
  /** For this bank. */
  readonly wanted: Named<{ readonly shape: Shape }>;
}

function checkWidth(path: string, { bank }: AnyBank, { tensors, wanted }: Needed): void {
  for (const [name, { shape }] of Object.entries(wanted))
    if (partOf(name) === "S-Adapter" && !sameShape(shape, tensors[name]?.shape ?? []))
      throw new GMemError(
        "BANK",
        `--bank: snippets must be as wide as the S-Adapter takes them, "${name}" [${tensors[name]?.shape ?? "none"}], got ${bank.dim} numbers a row in ${path}; build it with the run's encoder: bank build IMAGES --encoder FILE`,
      );
}

/** Names of the classes of the run that the bank is from; numbers elsewhere. */
function classesOf(path: string, { bank }: AnyBank): readonly string[] {
  if (existsSync(join(path, "config.json"))) return readRunConfig(runFiles(path)).classes;
  const count = Array.from(bank.labels ?? []).reduce((most, label) => Math.max(most, label + 1), 0);
  return Array.from({ length: count }, (_, y) => String(y));
}
