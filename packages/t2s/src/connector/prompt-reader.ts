import type { Params } from "@gmem/spec";
import {
  constant,
  GMemError,
  greater,
  type NDArray,
  type Rng,
  ShapeError,
  slice,
  sumSquare,
  type Tensor,
  where,
} from "@gmem/tensor";
import { type ConnectorConfig, checkConnector, connector, connectorInit } from "./connector.ts";

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
  const { textDim, textEncoder } = options;
  const { hiddenSize: D } = config;
  const length = textDim / (D + 1); // L
  if (!Number.isInteger(length))
    throw new ShapeError(
      "t2s conditioner",
      `with a connector texts must be L tokens of ${D} and a mask, L·${D} + L wide`,
      [[textDim]],
    );
  const nullRow = options.nullRow ?? (textEncoder as { readonly nullRow?: NDArray<"f32"> } | undefined)?.nullRow;
  if (!nullRow)
    throw new GMemError(
      "CONFIG",
      "t2s conditioner: a connector reads the null prompt in place of no text, got none; give { textEncoder } of promptTokens, or { nullRow }",
    );
  if (nullRow.data.length !== textDim)
    throw new ShapeError("t2s conditioner", `nullRow must be [1,${textDim}]`, [nullRow.shape]);
  const none = { ...nullRow, shape: [1, textDim] };
  return {
    dim: D,
    init: (rng) => connectorInit(rng, config),
    read(p, text) {
      const n = text.shape[0] as number;
      const isText = greater(sumSquare(text, { axes: [-1], keepDims: true }), 0); // [N,1]
      const row = where(isText, text, constant(none)); // [N, L·D + L]
      const context = {
        tokens: slice(row, 1, [0, length * D]).reshape([n, length, D]), // [N,L,D]
        mask: slice(row, 1, [length * D, textDim]), // [N,L]
      };
      return connector(p, context, config); // [N,Q,D]
    },
  };
}
