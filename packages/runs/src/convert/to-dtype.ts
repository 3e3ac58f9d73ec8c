import { existsSync } from "node:fs";
import type { Named, NDArray } from "@gmem/tensor";
import { checkHalfRange, writeSafetensors } from "@gmem/weights";
import { readRunConfig } from "../folder/run-config.ts";
import { runFiles } from "../folder/run-files.ts";
import { checkAgreement } from "../open/check-agreement.ts";
import { modelHeader, readModel } from "../open/read-parameters.ts";
import type { Conversion, ConversionRequest } from "./conversion.ts";
import { convertedConfig } from "./converted-config.ts";
import { newRunFolder } from "./new-run-folder.ts";
import { openAnyBank } from "./open-any-bank.ts";
import { oneOf } from "./options.ts";
import { roundedTokenizer } from "./rounded-tokenizer.ts";
import { fates } from "./tensor-fate.ts";

/**
 * A run with weights, trained tokenizer and bank stored in half precision, or back in float32; settings and edits of the bank
 * stay. A learned encoder is copied: the rows of the bank are known by the hash of its numbers.
 * @throws {GMemError} code `CONFIG` for another precision.
 */
export async function toDtype(request: ConversionRequest): Promise<Conversion> {
  const { source, out, options } = request;
  const floats = oneOf("--dtype", options.dtype ?? "", ["f16", "f32"]);
  const files = runFiles(source);
  const { tensors, metadata } = await modelHeader(files);
  const { config: before, classes } = readRunConfig(files);
  const config = convertedConfig(before, {}, request);
  await checkAgreement({ file: files.model, metadata }, { config, source: "convert" });
  const memory = existsSync(files.bank) ? await openAnyBank(source) : undefined;
  const encoder = existsSync(files.encoder) ? files.encoder : undefined;
  const checked = async (): Promise<Named<NDArray>> => {
    const { tensors: weights } = await readModel(files);
    if (floats === "f16")
      for (const [name, value] of Object.entries(weights)) checkHalfRange(`${files.model}: "${name}"`, value);
    return weights;
  };
  return {
    about: `${source} → the same run, stored as ${floats}`,
    tensors: fates(tensors, (name) => name),
    assumed: [],
    async verify() {
      await checked();
      await (await roundedTokenizer(files, { config, metadata, floats })).dispose();
    },
    async write() {
      const weights = await checked();
      const rounded = await roundedTokenizer(files, { config, metadata, floats });
      try {
        const parts = { config: rounded.config, classes, memory, encoder, tokenizer: rounded.folder, floats };
        await newRunFolder(request, parts, (path) =>
          writeSafetensors(path, weights, { metadata: rounded.metadata, floats }),
        );
      } finally {
        await rounded.dispose();
      }
      const next = ["sample", out, ...(config.conditioner.kind === "t2s" ? ["--text", "a red heart"] : [])];
      return { out: [out], notes: [`${source} is as it was`], next };
    },
    close: async () => memory?.bank.close(),
  };
}
