/** What a parameter of a model belongs to. */
export type ModelPart =
  | "backbone"
  /** Positions, which training leaves alone. */
  | "position table"
  | "S-Adapter"
  /** From a snippet to the tokens that a network with cross-attention reads. */
  | "caption adapter"
  | "class table"
  /** The one embedding of a model without condition. */
  | "unconditional vector"
  /** From a text's vector to a snippet. */
  | "text adapter"
  /** REPA's head, of use in training only. */
  | "projector";

const parts: readonly (readonly [ModelPart, RegExp])[] = [
  ["position table", /^(pos_embed$|feat_rope\.)/],
  ["S-Adapter", /^(condition_projection\.|null_snippet$)/],
  ["caption adapter", /^caption_adapter\./],
  ["class table", /^y_embedder\./],
  ["unconditional vector", /^unconditional\./],
  ["text adapter", /^t2s\./],
  ["projector", /^projectors?\./], // GMem's name and REPA's
];

/**
 * The part of a model that a parameter belongs to. Its name tells: names are those of the published checkpoints, for every
 * backbone and every conditioner.
 * @example
 * partOf("y_embedder.embedding_table.weight"); // "class table"
 */
export const partOf = (name: string): ModelPart => parts.find(([, names]) => names.test(name))?.[0] ?? "backbone";
