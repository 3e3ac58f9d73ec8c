import { linear, linearInit } from "@gmem/nn";
import type { Conditioner, TextEncoder } from "@gmem/spec";
import { broadcast, GMemError, type NDArray, scalar, type Tensor } from "@gmem/tensor";
import { conditioner } from "./conditioner.ts";
import type { ConnectorConfig } from "./connector/connector.ts";
import { promptReader } from "./connector/prompt-reader.ts";
import type { TextRequest } from "./request.ts";

export interface CaptionsOptions {
  readonly textEncoder?: TextEncoder;
  readonly textDim?: number;
  readonly nullRow?: NDArray<"f32">;
  readonly connector: ConnectorConfig;
  /** Width of a token that the network reads. */
  readonly contextDim: number;
  /** D of the network, which is told nothing beside the tokens. */
  readonly hiddenSize: number;
}

const projector = "t2s.projector";

/**
 * OpenUni without a snippet: what the queries read of a prompt, each projected to a caption token of a network with
 * cross-attention, y = Linear(connector(prompt, queries)). The baseline that GMem is compared with (App. H.1).
 * @throws {GMemError} code `CONFIG` if a width is missing or wrong, or for a connector without a null prompt.
 * @example
 * const connector = { queries: 4, hiddenSize: 8, layers: 1, heads: 2, intermediateSize: 16 };
 * const c = captions({ connector, textDim: 5 * 9, nullRow: key(0).uniform([1, 45]), contextDim: 16, hiddenSize: 32 });
 * c.contextDim; // 16
 */
export function captions(options: CaptionsOptions): Conditioner<TextRequest> {
  const { connector, contextDim, hiddenSize, textEncoder, textDim = textEncoder?.dim, nullRow } = options;
  if (textDim === undefined)
    throw new GMemError("CONFIG", "captions: needs { textDim } or { textEncoder }, got neither");
  const given = { textDim, connector, ...(textEncoder && { textEncoder }), ...(nullRow && { nullRow }) };
  const texts = conditioner({ ...given, snippetDim: 1 }); // its requests, batches and feeds
  const prompts = promptReader(connector, given);
  return {
    ...texts,
    name: "captions",
    output: "embedding",
    snippetDim: hiddenSize,
    contextDim,
    init: (rng) => ({
      ...prompts.init(rng),
      ...linearInit(rng, projector, { in: connector.hiddenSize, out: contextDim }),
    }),
    snippet: (_, { text }) => broadcast(scalar(0), [(text as Tensor).shape[0] as number, hiddenSize]), // [N,D]
    context(p, { text }) {
      const n = (text as Tensor).shape[0] as number;
      const tokens = linear(p, projector, prompts.read(p, text as Tensor)); // [N,Q,D] → [N,Q,W]
      return { tokens, mask: broadcast(scalar(1), [n, connector.queries]) };
    },
  };
}
