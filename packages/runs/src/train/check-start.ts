import { existsSync } from "node:fs";
import { loadPatchKmeans, patchKmeans } from "@gmem/encoders/patch-kmeans";
import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { isTree } from "../config/tree.ts";
import { modelHeader, readModel } from "../open/read-parameters.ts";
import { openBackbone, predictionOf } from "../parts/backbone.ts";
import { latentShape } from "../parts/tokenizer.ts";
import { carriedBackbone, checkCarried } from "./start-from.ts";
import { type StartRun, startRun } from "./start-run.ts";

/** Settings of a network that may change from one run to the next: how it is started and computed, and its patch (G.4). */
const free = ["patchSize", "adaLNInit", "recompute"];

/**
 * Refuses a start that would go wrong without a word, before data is read: another network, another meaning of its output,
 * snippets of another encoder, weights that are not finite.
 * @throws {GMemError} code `CONFIG`, `WEIGHTS` or `NON_FINITE`, naming the settings or the file and what to do.
 */
export async function checkStart(config: RunConfig): Promise<void> {
  const start = startRun(config);
  if (!start) return;
  await modelHeader(start.files);
  refuse(start, "network", differences("backbone", [start.config.backbone, config.backbone], free));
  refuse(start, "latents", differences("tokenizer.kind", [start.config.tokenizer.kind, config.tokenizer.kind]));
  if (start.config.tokenizer.kind === "trained" && config.tokenizer.kind === "trained")
    refuse(start, "latents", differences("tokenizer.id", [start.config.tokenizer.id, config.tokenizer.id]));
  const [was, is] = [predictionOf(start.config), predictionOf(config)];
  if (was !== is)
    throw new GMemError(
      "CONFIG",
      `start.run: the network of ${start.files.folder} predicts ${was}, got objective.loss=${config.objective.loss} for ${is}; set objective.loss=${start.config.objective.loss}`,
    );
  const [said, says] = [start.config.conditioner, config.conditioner];
  if (said.kind === "t2s" && says.kind === "t2s") {
    const encoders = [start.config.textEncoder, config.textEncoder] as const;
    refuse(start, "text encoder", differences("textEncoder", encoders, ["weights"]));
    for (const key of ["hidden", "gain"] as const)
      refuse(start, "adapter from texts", differences(`conditioner.${key}`, [said[key], says[key]]));
  }
  const { tensors, metadata } = await readModel(start.files);
  if (start.keepsEncoder) await checkEncoderKept(start, { config, id: metadata.encoder });
  const backbone = await openBackbone(config, await latentShape(config));
  const avals = backbone.avals?.() ?? {};
  checkCarried(await carriedBackbone(tensors, { from: start.config, to: config }), { avals, start });
}

async function checkEncoderKept(
  start: StartRun,
  { config, id }: { readonly config: RunConfig; readonly id: string | undefined },
): Promise<void> {
  const { encoder, adapter } = start.config;
  const other = differences("encoder", [encoder, config.encoder], ["weights"]);
  if (other.length > 0)
    throw new GMemError(
      "CONFIG",
      `encoder: ${start.files.folder} understands the snippets of its own encoder, ${list(other)}; leave encoder out to keep it, or set start.encoder=new for another one with a new S-Adapter`,
    );
  if (encoder.kind === "patch-kmeans") await checkLearned(start, id);
  if (adapter.kind === config.adapter.kind)
    refuse(start, "S-Adapter", differences("adapter", [adapter, config.adapter]));
}

/** An encoder that was learned with the start is there, and is the one of its S-Adapter. */
async function checkLearned({ files }: StartRun, id: string | undefined): Promise<void> {
  const refuse = (got: string): never => {
    throw new GMemError(
      "CONFIG",
      `start.run: needs the encoder that was learned with the run, ${files.encoder}, got ${got}; restore it, or set start.encoder=new`,
    );
  };
  if (!existsSync(files.encoder)) return refuse("no such file");
  const learned = patchKmeans(await loadPatchKmeans(files.encoder));
  await learned.dispose();
  if (id !== undefined && id !== learned.id) refuse(`${learned.id} in it, and the run is of ${id}`);
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
