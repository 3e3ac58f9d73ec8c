import { GMemError, isGMemError } from "@gmem/tensor";
import { makeTokenizer } from "../run/make-tokenizer.ts";
import type { OpenRun } from "../run/open-run.ts";
import { openRunEncoder } from "../run/open-run.ts";
import { backbonePart } from "./backbone-part.ts";
import type { ExportPart } from "./export-part.ts";
import { encoderPart, tokenizerParts } from "./image-parts.ts";
import { samplerPart } from "./sampler-part.ts";

export const partNames = ["backbone", "sampler", "tokenizer", "encoder"] as const;
export type PartName = (typeof partNames)[number];

/** The files of a part, which give back what they hold when they are written. */
export interface OpenPart {
  readonly files: readonly ExportPart[];
  close?(): Promise<void>;
}

/**
 * What a run has of a part.
 * @throws {GMemError} code `CONFIG` or `WEIGHTS` for a part that the run has not.
 */
export async function openPart(name: PartName, run: OpenRun): Promise<OpenPart> {
  const { config, model, parameters, engine, files } = run;
  switch (name) {
    case "backbone":
      return { files: [backbonePart(model, parameters)] };
    case "sampler":
      return { files: [samplerPart({ config, model, settings: config.sampler }, parameters)] };
    case "tokenizer": {
      const { networks } = await makeTokenizer(config, { engine });
      if (!networks) throw missing(name, `the ${config.tokenizer.kind} tokenizer`);
      return { files: tokenizerParts(networks, { latent: model.backbone.latent, size: config.image.size }) };
    }
    case "encoder": {
      if (!run.memory)
        throw new GMemError(
          "CONFIG",
          `encoder.onnx: needs a run with a memory bank, got conditioner.kind=${config.conditioner.kind}; leave the encoder out of --part`,
        );
      const encoder = await openRunEncoder(config, files, engine);
      const close = async (): Promise<void> => encoder.dispose?.();
      if (!encoder.network) {
        await close();
        throw missing(name, `${encoder.name}, which is an ONNX file already: use that file`);
      }
      return { files: [encoderPart(encoder, encoder.network, { size: config.image.size })], close };
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
