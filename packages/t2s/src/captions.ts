import { linear, linearInit } from "@gmem/nn";
import type { Conditioner, ContextTokens, Params, TextEncoder } from "@gmem/spec";
import { broadcast, GMemError, type NDArray, type Rng, scalar, type Tensor, zeros } from "@gmem/tensor";
import { conditioner } from "./conditioner.ts";
import type { ConnectorConfig } from "./connector/connector.ts";
import { promptReader } from "./connector/prompt-reader.ts";
import { promptRows } from "./connector/prompt-rows.ts";
import type { TextRequest } from "./request.ts";

export interface CaptionsOptions {
  readonly textEncoder?: TextEncoder;
  readonly textDim?: number;
  readonly nullRow?: NDArray<"f32">;
  /** OpenUni's queries and connector. Without it the tokens of the prompt themselves are read, as Sana reads those of Gemma 2. */
  readonly connector?: ConnectorConfig;
  /** Width of a token that the network reads. */
  readonly contextDim: number;
  /** D of the network, which is told nothing beside the tokens. */
  readonly hiddenSize: number;
}

const projector = "t2s.projector";

/**
 * OpenUni without a snippet: what the queries read of a prompt, each projected to a caption token of a network with
 * cross-attention, y = Linear(connector(prompt, queries)). The baseline that GMem is compared with (App. H.1). Without a
 * connector, a prompt's tokens and their mask as they are: the network as published.
 * @throws {GMemError} code `CONFIG` if a width is missing or wrong, or without a null prompt.
 * @example
 * const connector = { queries: 4, hiddenSize: 8, layers: 1, heads: 2, intermediateSize: 16 };
 * const c = captions({ connector, textDim: 5 * 9, nullRow: key(0).uniform([1, 45]), contextDim: 16, hiddenSize: 32 });
 * c.contextDim; // 16
 */
export function captions(options: CaptionsOptions): Conditioner<TextRequest> {
  const { connector, contextDim, hiddenSize, textEncoder, textDim = textEncoder?.dim, nullRow } = options;
  if (textDim === undefined)
    throw new GMemError("CONFIG", "captions: needs { textDim } or { textEncoder }, got neither");
  const given = { textDim, ...(textEncoder && { textEncoder }), ...(nullRow && { nullRow }) };
  const texts = conditioner({ textDim, ...(textEncoder && { textEncoder }), snippetDim: 1 }); // its requests, batches and feeds
  const { init, context } = connector
    ? readByQueries(connector, { ...given, contextDim })
    : { init: () => ({}), context: asTheyAre(promptRows({ ...given, tokenDim: contextDim, at: "captions" })) };
  return {
    ...texts,
    name: "captions",
    output: "embedding",
    snippetDim: hiddenSize,
    contextDim,
    init,
    snippet: (_, { text }) => broadcast(scalar(0), [(text as Tensor).shape[0] as number, hiddenSize]), // [N,D]
    context: (p, { text }) => context(p, text as Tensor),
    nullFeeds: (n) => ({ text: zeros([n, textDim]) }), // whose place the null prompt takes
  };
}

/** Rows of texts to tokens, and the parameters between. */
interface Captions {
  init(rng: Rng): Params<NDArray>;
  context(p: Params, text: Tensor): ContextTokens;
}

const asTheyAre =
  (rows: (text: Tensor) => ContextTokens): Captions["context"] =>
  (_, text) =>
    rows(text); // [N,L,W], [N,L]

function readByQueries(
  connector: ConnectorConfig,
  options: Parameters<typeof promptReader>[1] & { readonly contextDim: number },
): Captions {
  const prompts = promptReader(connector, options);
  return {
    init: (rng) => ({
      ...prompts.init(rng),
      ...linearInit(rng, projector, { in: connector.hiddenSize, out: options.contextDim }),
    }),
    context(p, text) {
      const tokens = linear(p, projector, prompts.read(p, text)); // [N,Q,D] → [N,Q,W]
      return { tokens, mask: broadcast(scalar(1), [text.shape[0] as number, connector.queries]) };
    },
  };
}
