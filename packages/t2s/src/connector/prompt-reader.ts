import type { Params } from "@gmem/spec";
import type { NDArray, Rng, Tensor } from "@gmem/tensor";
import { type ConnectorConfig, checkConnector, connector, connectorInit } from "./connector.ts";
import { promptRows } from "./prompt-rows.ts";

/** From rows of tokens to queries. */
export interface PromptReader {
  /** D. */
  readonly dim: number;
  init(rng: Rng): Params<NDArray>;
  /** Rows [N, L·D + L] of tokens and masks, zeros for the null text → what the queries read [N,Q,D]. */
  read(p: Params, text: Tensor): Tensor;
}

/**
 * What a connector's queries read: a row of zeros is the null text, in whose place the null prompt is read.
 * @throws {GMemError} code `CONFIG` without a null prompt; {ShapeError} for rows that are not L tokens of D and a mask.
 */
export function promptReader(
  config: ConnectorConfig,
  options: { readonly textDim: number; readonly textEncoder?: object; readonly nullRow?: NDArray<"f32"> },
): PromptReader {
  checkConnector(config);
  const { hiddenSize } = config;
  const context = promptRows({ ...options, tokenDim: hiddenSize, at: "t2s conditioner with a connector" });
  return {
    dim: hiddenSize,
    init: (rng) => connectorInit(rng, config),
    read: (p, text) => connector(p, context(text), config), // [N,Q,D]
  };
}
