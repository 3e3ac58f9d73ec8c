import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Conditioner, ConditionerSource } from "@gmem/spec";
import { f32, full, GMemError, type Named, type NDArray, zeros } from "@gmem/tensor";

export interface UnconditionalOptions {
  /** D, the width of the embedding: that of the backbone. */
  readonly hiddenSize?: number;
}

/** Plain data that a run folder keeps as `conditioner.json`. */
export interface UnconditionalConfig {
  readonly name: "unconditional";
  /** D. */
  readonly hiddenSize: number;
}

export interface UnconditionalConditioner extends Conditioner<undefined> {
  readonly config: UnconditionalConfig;
}

/** The learned vector's name among the parameters. */
export const vectorName = "unconditional.embedding";

/**
 * No condition: one learned vector [D], zero at first, is added to the time embedding of every sample.
 * @param source anything the other conditioners take, or a run folder whose `conditioner.json` is this one's `config`.
 * @throws {GMemError} code `CONFIG` if the width is missing or wrong, or the folder holds another conditioner.
 * @example
 * const c = await conditioner({}, { hiddenSize: 16 });
 * c.init(key(0)); // { "unconditional.embedding": f32 [16] }
 */
export async function conditioner(
  source: string | ConditionerSource,
  options: UnconditionalOptions = {},
): Promise<UnconditionalConditioner> {
  const config =
    typeof source === "string"
      ? parseConfig(await storedConfig(source))
      : parseConfig({ name: "unconditional", ...options });
  const dim = config.hiddenSize;
  // a feed of ones carries the batch size into the graph
  const ones = (n: number): Named<NDArray> => ({ ones: full([n, 1], 1) });
  return {
    name: "unconditional",
    config,
    snippetDim: dim,
    output: "embedding",
    feeds: (n) => ({ ones: f32(n, 1) }),
    init: () => ({ [vectorName]: zeros([dim]) }),
    parse(input) {
      const isEmpty =
        input === undefined || input === null || (typeof input === "object" && Object.keys(input).length === 0);
      if (isEmpty) return undefined;
      throw new GMemError(
        "INVALID_REQUEST",
        `request: must be empty for an unconditional model, got ${JSON.stringify(input)}`,
      );
    },
    resolve: async (noise) => ones(noise.shape[0] ?? 0),
    batch: async ({ index }) => ones(index.length),
    nullFeeds: ones,
    snippet(p, feeds) {
      const vector = p[vectorName];
      if (!vector || !feeds.ones)
        throw new GMemError("GRAPH", `unconditional: needs "${vectorName}" and the feed "ones", got none`);
      return feeds.ones.mul(vector); // [N,D]
    },
  };
}

function parseConfig(input: unknown): UnconditionalConfig {
  const fields: Readonly<Record<string, unknown>> = typeof input === "object" ? { ...input } : {};
  const { name, hiddenSize } = fields;
  if (name !== "unconditional")
    throw new GMemError(
      "CONFIG",
      `unconditional conditioner: the run must be unconditional, got ${JSON.stringify(name)}`,
    );
  if (typeof hiddenSize !== "number" || !Number.isInteger(hiddenSize) || hiddenSize < 1)
    throw new GMemError(
      "CONFIG",
      `unconditional conditioner: needs hiddenSize, the width of the backbone, got ${JSON.stringify(hiddenSize) ?? "none"}`,
    );
  return { name, hiddenSize };
}

async function storedConfig(folder: string): Promise<unknown> {
  const path = join(folder, "conditioner.json");
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new GMemError("CONFIG", `${path}: must be the config of a conditioner, got ${String(cause)}`, { cause });
  }
}
