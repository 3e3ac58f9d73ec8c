import { existsSync } from "node:fs";
import { GMemError } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { isTree } from "../config/tree.ts";
import { modelHeader } from "../open/read-parameters.ts";
import { openBackbone, predictionOf } from "../parts/backbone.ts";
import { latentShape } from "../parts/tokenizer.ts";
import { carriedBackbone, checkCarried } from "./start-from.ts";
import { type StartRun, startRun } from "./start-run.ts";

/** Settings of a network that may change from one run to the next: how it is started and computed, and its patch (G.4). */
const free = ["patchSize", "adaLNInit", "recompute"];

/**
 * Refuses a start that would go wrong without a word, before data is read: another network, another meaning of its output,
 * snippets of another encoder.
 * @throws {GMemError} code `CONFIG` or `WEIGHTS`, naming the settings and what to do.
 */
export async function checkStart(config: RunConfig): Promise<void> {
  const start = startRun(config);
  if (!start) return;
  await modelHeader(start.files);
  refuse(start, "network", differences("backbone", [start.config.backbone, config.backbone], free));
  refuse(start, "latents", differences("tokenizer.kind", [start.config.tokenizer.kind, config.tokenizer.kind]));
  const [was, is] = [predictionOf(start.config), predictionOf(config)];
  if (was !== is)
    throw new GMemError(
      "CONFIG",
      `start.run: the network of ${start.files.folder} predicts ${was}, got objective.loss=${config.objective.loss} for ${is}; set objective.loss=${start.config.objective.loss}`,
    );
  if (start.keepsEncoder) checkEncoderKept(start, config);
  const { tensors } = await readSafetensors(start.files.model);
  const backbone = await openBackbone(config, await latentShape(config));
  const avals = backbone.avals?.() ?? {};
  checkCarried(await carriedBackbone(tensors, { from: start.config, to: config }), { avals, start });
}

function checkEncoderKept(start: StartRun, config: RunConfig): void {
  const { encoder, adapter } = start.config;
  const other = differences("encoder", [encoder, config.encoder], ["weights"]);
  if (other.length > 0)
    throw new GMemError(
      "CONFIG",
      `encoder: ${start.files.folder} understands the snippets of its own encoder, ${list(other)}; leave encoder out to keep it, or set start.encoder=new for another one with a new S-Adapter`,
    );
  if (encoder.kind === "patch-kmeans" && !existsSync(start.files.encoder))
    throw new GMemError(
      "CONFIG",
      `start.run: needs the encoder that was learned with the run, ${start.files.encoder}, got no such file; restore it, or set start.encoder=new`,
    );
  if (adapter.kind === config.adapter.kind)
    refuse(start, "S-Adapter", differences("adapter", [adapter, config.adapter]));
}

interface Difference {
  readonly key: string;
  readonly was: unknown;
  readonly is: unknown;
}

/** Settings that differ, those of records one by one where these are of one kind. */
function differences(
  key: string,
  [was, is]: readonly [unknown, unknown],
  except: readonly string[] = [],
): Difference[] {
  if (!isTree(was) || !isTree(is)) return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ key, was, is }];
  if (was.kind !== is.kind) return [{ key: `${key}.kind`, was: was.kind, is: is.kind }];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => !except.includes(name));
  return names.flatMap((name) => differences(`${key}.${name}`, [was[name], is[name]]));
}

const list = (found: readonly Difference[]): string =>
  found.map(({ key, was, is }) => `${key}=${text(was)}, got ${text(is)}`).join("; ");
const text = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? "none"));

function refuse({ files }: StartRun, what: string, found: readonly Difference[]): void {
  if (found.length === 0) return;
  const settings = found.map(({ key, was }) => `${key}=${text(was)}`).join(" ");
  throw new GMemError("CONFIG", `start.run: the ${what} of ${files.folder} has ${list(found)}; set ${settings}`);
}
