import type { Params } from "@gmem/spec";
import { concatRows, GMemError, type Named, type NDArray, type Shape, splitRows } from "@gmem/tensor";

/** Diffusers' names and those of the original code, block by block and around the blocks. */
const around: readonly (readonly [diffusers: string, original: string])[] = [
  ["patch_embed.proj", "x_embedder.proj"],
  ["time_embed.emb.timestep_embedder.linear_1", "t_embedder.mlp.0"],
  ["time_embed.emb.timestep_embedder.linear_2", "t_embedder.mlp.2"],
  ["time_embed.linear", "t_block.1"],
  ["caption_projection.linear_1", "y_embedder.y_proj.fc1"],
  ["caption_projection.linear_2", "y_embedder.y_proj.fc2"],
  ["caption_norm", "attention_y_norm"],
  ["proj_out", "final_layer.linear"],
  ["scale_shift_table", "final_layer.scale_shift_table"],
];
const inside: readonly (readonly [diffusers: string, original: string])[] = [
  ["scale_shift_table", "scale_shift_table"],
  ["attn1.to_out.0", "attn.proj"],
  ["attn2.to_q", "cross_attn.q_linear"],
  ["attn2.to_out.0", "cross_attn.proj"],
  ["ff.conv_inverted", "mlp.inverted_conv.conv"],
  ["ff.conv_depth", "mlp.depth_conv.conv"],
  ["ff.conv_point", "mlp.point_conv.conv"],
];
/** One matrix of the original is several of diffusers, its rows after one another. */
const fused: readonly (readonly [original: string, diffusers: readonly string[]])[] = [
  ["attn.qkv", ["attn1.to_q", "attn1.to_k", "attn1.to_v"]],
  ["cross_attn.kv_linear", ["attn2.to_k", "attn2.to_v"]],
];
/** Of the original file: tables that a Sana as released does not use, and the tokens of its null text. */
const unused = /^(pos_embed|y_embedder\.y_embedding)$/;

type Rule = readonly [from: string, to: string];
const renamed = (name: string, rules: readonly Rule[]): string | undefined => {
  const rule = rules.find(([from]) => name === from || name.startsWith(`${from}.`));
  return rule && rule[1] + name.slice(rule[0].length);
};
const turned = (rules: readonly Rule[]): readonly Rule[] => rules.map(([from, to]) => [to, from]);

/**
 * The parameters of a Sana under the names of this library, which are diffusers', whichever of the two a file has. The
 * original's `y_embedder.y_embedding` and `pos_embed` are left out.
 * @throws {GMemError} code `WEIGHTS` for a fused matrix whose rows are not so many equal parts.
 * @example
 * fromOriginalNames({ "blocks.0.cross_attn.kv_linear.bias": zeros([8]) }); // transformer_blocks.0.attn2.to_k.bias [4], .to_v.bias [4]
 */
export const fromOriginalNames = (tensors: Params<NDArray>): Params<NDArray> => ourSanaNames(tensors, cutArray);

/** What cuts the rows of a fused matrix, or of what describes one, into equal parts. */
export type CutRows<T> = (value: T, parts: { readonly count: number; readonly name: string }) => readonly T[];

/** {@link fromOriginalNames} of anything that stands for tensors. */
export function ourSanaNames<T>(tensors: Named<T>, cut: CutRows<T>): Named<T> {
  const result: Record<string, T> = {};
  for (const [name, value] of Object.entries(tensors)) {
    if (unused.test(name)) continue;
    const [, index, rest = ""] = /^blocks\.(\d+)\.(.*)$/.exec(name) ?? [];
    if (index === undefined) {
      result[renamed(name, turned(around)) ?? name] = value;
      continue;
    }
    const at = `transformer_blocks.${index}.`;
    const whole = fused.find(([original]) => rest.startsWith(`${original}.`));
    if (!whole) result[at + (renamed(rest, turned(inside)) ?? rest)] = value;
    else {
      const [original, names] = whole;
      cut(value, { count: names.length, name }).forEach((part, i) => {
        result[`${at}${names[i]}${rest.slice(original.length)}`] = part;
      });
    }
  }
  return result;
}

/**
 * The same parameters under the names of the original code, matrices fused as there.
 * @example
 * toOriginalNames({ "caption_norm.weight": zeros([8]) }); // attention_y_norm.weight
 */
export const toOriginalNames = (parameters: Params<NDArray>): Params<NDArray> =>
  originalSanaNames(parameters, concatRows);

/** {@link toOriginalNames} of anything that stands for tensors, by what puts rows after one another. */
export function originalSanaNames<T>(parameters: Named<T>, join: (parts: readonly T[]) => T): Named<T> {
  const result: Record<string, T> = {};
  for (const [name, value] of Object.entries(parameters)) {
    const [, index, rest = ""] = /^transformer_blocks\.(\d+)\.(.*)$/.exec(name) ?? [];
    const at = `blocks.${index}.`;
    const whole = fused.find(([, names]) => names.some((part) => rest.startsWith(`${part}.`)));
    if (index === undefined) result[renamed(name, around) ?? name] = value;
    else if (!whole) result[at + (renamed(rest, inside) ?? rest)] = value;
    else {
      const [original, names] = whole;
      const kind = rest.slice(rest.lastIndexOf("."));
      result[at + original + kind] ??= join(
        names.map((part) => parameters[`transformer_blocks.${index}.${part}${kind}`] as T),
      );
    }
  }
  return result;
}

/** Rows of each of so many equal parts. @throws {GMemError} code `WEIGHTS` if there are none. */
export function rowsOfPart(
  [all = 0]: Shape,
  { count, name }: { readonly count: number; readonly name: string },
): number {
  if (all % count === 0) return all / count;
  throw new GMemError("WEIGHTS", `sana: "${name}" must have rows for ${count} parts, got ${all}; take another file`);
}

/** Equal blocks of rows, views of the same memory. */
export const cutArray: CutRows<NDArray> = (value, parts) => {
  rowsOfPart(value.shape, parts);
  return splitRows(value, parts.count);
};
