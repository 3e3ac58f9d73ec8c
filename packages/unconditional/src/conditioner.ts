import type { Conditioner } from "@gmem/spec";
import { checkOptions, f32, full, GMemError, type Named, type NDArray, zeros } from "@gmem/tensor";

export interface UnconditionalOptions {
  /** D, the width of the embedding: that of the backbone. */
  readonly hiddenSize: number;
}

/** The learned vector's name among the parameters. */
export const vectorName = "unconditional.embedding";

/** With what another conditioner of Figure 4 takes, where one is swapped for another. */
const takes = { hiddenSize: "optional", bank: "optional", classes: "optional", textEncoder: "optional" } as const;

function parse(input: unknown): undefined {
  const isEmpty =
    input === undefined || input === null || (typeof input === "object" && Object.keys(input).length === 0);
  if (isEmpty) return undefined;
  throw new GMemError(
    "INVALID_REQUEST",
    `request: must be empty for an unconditional model, got ${JSON.stringify(input)}`,
  );
}

/**
 * No condition: one learned vector [D], zero at first, is added to the time embedding of every sample.
 * @throws {GMemError} code `CONFIG` if the width is missing or wrong.
 * @example
 * const c = conditioner({ hiddenSize: 16 });
 * c.init(key(0)); // { "unconditional.embedding": f32 [16] }
 */
export function conditioner(options: UnconditionalOptions): Conditioner<undefined> {
  checkOptions("unconditional conditioner", options, takes);
  const { hiddenSize: dim } = options;
  if (!(Number.isInteger(dim) && dim > 0))
    throw new GMemError(
      "CONFIG",
      `unconditional conditioner: needs { hiddenSize }, the width of the backbone, got ${dim ?? "none"}`,
    );
  // a feed of ones carries the batch size into the graph
  const ones = (n: number): Named<NDArray> => ({ ones: full([n, 1], 1) });
  return {
    name: "unconditional",
    snippetDim: dim,
    output: "embedding",
    feeds: (n) => ({ ones: f32(n, 1) }),
    init: () => ({ [vectorName]: zeros([dim]) }),
    parse,
    async resolve(noise, request) {
      parse(request);
      return ones(noise.shape[0] ?? 0);
    },
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
