import { copyFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { saveBank } from "@gmem/memory-bank";
import { stopIfAborted } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { newFolder } from "../folder/new-folder.ts";
import { writeRunConfig } from "../folder/run-config.ts";
import { runFiles } from "../folder/run-files.ts";
import { versions } from "../folder/versions.ts";
import { keepTokenizer } from "../parts/tokenizer.ts";
import { besideCheckpoint } from "./bank-beside.ts";
import type { ConversionRequest } from "./conversion.ts";
import type { AnyBank } from "./open-any-bank.ts";

/** Ends a conversion whose signal has fired; its folder does not appear. @throws {GMemError} code `ABORTED` */
export const stopConversion = ({ work }: ConversionRequest): void =>
  stopIfAborted(work?.signal, "convert: stopped by its signal; nothing was written");

/** What is in a run folder besides the model. */
export interface RunFolderParts {
  readonly config: RunConfig;
  readonly classes: readonly string[];
  readonly memory?: AnyBank | undefined;
  /** A learned encoder; default: the one beside the bank. */
  readonly encoder?: string | undefined;
  /** A folder that has the trained tokenizer; default: the source. */
  readonly tokenizer?: string | undefined;
  /** How the rows of the bank are stored; default "f32". */
  readonly floats?: "f32" | "f16";
}

/** A folder as a run leaves it: its configuration, its bank with the encoder, and the model, which `write` puts at a path. */
export function newRunFolder(
  request: ConversionRequest,
  { config, classes, memory, encoder = memory?.encoder, tokenizer, floats = "f32" }: RunFolderParts,
  write: (model: string) => Promise<void>,
): Promise<void> {
  stopConversion(request);
  const { source, out } = request;
  return newFolder(out, async (draft) => {
    const files = runFiles(draft);
    await writeRunConfig(files, { config, versions: versions(), classes });
    const copies = [runFiles(tokenizer ?? source).tokenizer, besideCheckpoint(source).tokenizer];
    await keepTokenizer(config, files.tokenizer, copies);
    if (memory || encoder) await mkdir(dirname(files.bank), { recursive: true });
    if (memory) await saveBank(memory.bank, files.bank, { floats });
    if (encoder) await copyFile(encoder, files.encoder);
    await write(files.model);
  });
}

/** The id of a bank's encoder, where the bank knows it. */
export const encoderIdOf = (memory: AnyBank | undefined): string | undefined =>
  memory?.bank.encoderId === "unspecified" ? undefined : memory?.bank.encoderId;
