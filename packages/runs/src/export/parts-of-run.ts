import { GMemError, isGMemError } from "@gmem/tensor";
import type { Run } from "../open/open-run.ts";
import { backbonePart } from "./backbone-part.ts";
import type { ExportPart } from "./export-part.ts";
import { encoderPart, tokenizerParts } from "./image-parts.ts";
import { samplerPart } from "./sampler-part.ts";

export const partNames = ["backbone", "sampler", "tokenizer", "encoder"] as const;
export type PartName = (typeof partNames)[number];

/**
 * The files of a part.
 * @throws {GMemError} code `CONFIG` or `WEIGHTS` for a part that the run has not.
 */
export async function partsOf(name: PartName, run: Run): Promise<readonly ExportPart[]> {
  const { config, model, parameters } = run;
  switch (name) {
    case "backbone":
      return [backbonePart(model, parameters)];
    case "sampler":
      return [await samplerPart({ config, model, settings: config.sampler }, parameters)];
    case "tokenizer": {
      const { networks } = await run.tokenizer();
      if (!networks) throw missing(name, `the ${config.tokenizer.kind} tokenizer`);
      return tokenizerParts(networks, { latent: model.backbone.latent, size: config.image.size });
    }
    case "encoder": {
      if (!run.bank)
        throw new GMemError(
          "CONFIG",
          `encoder.onnx: needs a run with a memory bank, got conditioner.kind=${config.conditioner.kind}; leave the encoder out of --part`,
        );
      const encoder = await run.encoder();
      if (!encoder.network) throw missing(name, `${encoder.name}, which is not ours to trace: use its own file`);
      return [encoderPart(encoder, encoder.network, { size: config.image.size })];
    }
  }
}

const missing = (part: PartName, what: string): GMemError =>
  new GMemError("CONFIG", `${part}: needs a network that can be written, got ${what}`);

/** Why a part that nobody asked for by name is left out; other errors go on. */
export function reasonToLeaveOut(error: unknown): string {
  if (isGMemError(error, "CONFIG") || isGMemError(error, "WEIGHTS")) return error.message;
  throw error;
}
