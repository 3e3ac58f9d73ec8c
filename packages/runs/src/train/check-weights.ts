import { existsSync } from "node:fs";
import { isLatentsFolder } from "@gmem/datasets/latents";
import type { RunConfig } from "../config/schema.ts";
import { needsOf } from "../parts/conditioner.ts";
import { checkWeightsNamed } from "../parts/locate-weights.ts";
import { repaSettings, sharesEncoder } from "./repa-encoders.ts";

type Named = { readonly kind: string; readonly weights?: unknown };

/**
 * Refuses encoders of images or texts whose weights are not named, or not there, before an image is read.
 * @throws {GMemError} code `CONFIG`, naming the setting.
 */
export function checkWeights(config: RunConfig): void {
  const { conditioner, textEncoder, encoder, data, objective } = config;
  const { text, snippets } = needsOf(conditioner);
  if (text && textEncoder) {
    const parts = textEncoder.kind === "concat" ? textEncoder.parts.map((part) => part.encoder) : [textEncoder];
    for (const part of parts) check("textEncoder.weights", part);
  }
  if (typeof data === "string" && existsSync(data) && isLatentsFolder(data)) return; // what encoders gave lies there
  if (snippets || sharesEncoder(config)) check("encoder.weights", encoder);
  if (objective.repa) for (const one of repaSettings(config)) check("encoder.weights", one);
}

function check(setting: string, { kind, weights }: Named): void {
  if (weights === null || typeof weights === "string") checkWeightsNamed(setting, weights, { what: kind });
}
