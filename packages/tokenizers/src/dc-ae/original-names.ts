/** Ends and their counterparts; the first that fits counts. */
const outer: readonly (readonly [from: string, to: string])[] = [
  ["encoder.conv_in.", "encoder.project_in.conv."],
  ["encoder.conv_out.", "encoder.project_out.main.op_list.0.conv."],
  ["decoder.conv_in.", "decoder.project_in.main.conv."],
  ["decoder.norm_out.", "decoder.project_out.op_list.0."],
  ["decoder.conv_out.", "decoder.project_out.op_list.2.conv."],
];

const inner: readonly (readonly [from: RegExp, to: string])[] = [
  [/^attn\.to_[qkv]\./, "context_module.main.qkv.conv."],
  [/^attn\.to_qkv_multiscale\.(\d+)\.proj_in\./, "context_module.main.aggreg.$1.0."],
  [/^attn\.to_qkv_multiscale\.(\d+)\.proj_out\./, "context_module.main.aggreg.$1.1."],
  [/^attn\.to_out\./, "context_module.main.proj.conv."],
  [/^attn\.norm_out\./, "context_module.main.proj.norm."],
  [/^conv_out\.conv_inverted\./, "local_module.main.inverted_conv.conv."],
  [/^conv_out\.conv_depth\./, "local_module.main.depth_conv.conv."],
  [/^conv_out\.conv_point\./, "local_module.main.point_conv.conv."],
  [/^conv_out\.norm\./, "local_module.main.point_conv.norm."],
  [/^conv1\./, "main.conv1.conv."],
  [/^conv2\./, "main.conv2.conv."],
  [/^norm\./, "main.conv2.norm."],
];

const blocks = /^(encoder\.down|decoder\.up)_blocks\.(\d+)\.(\d+)\.(.*)$/;

/**
 * The original name of a parameter of diffusers' `AutoencoderDC`; original names stay as they are. The original code has
 * q, k and v in one matrix: theirs end in `#0`, `#1` and `#2`, as `matchWeights` of @gmem/weights takes them. `strided` says
 * that the encoder halves by strided convolutions, which are named otherwise.
 * @example
 * dcAeOriginalName("decoder.norm_out.weight", false); // "decoder.project_out.op_list.0.weight"
 */
export function dcAeOriginalName(name: string, strided: boolean): string {
  const edge = outer.find(([from]) => name.startsWith(from));
  if (edge) return edge[1] + name.slice(edge[0].length);
  const [, side, stage, index, rest = ""] = blocks.exec(name) ?? [];
  if (side === undefined) return name;
  const at = `${side.slice(0, 7)}.stages.${stage}.op_list.${index}`;
  if (rest.startsWith("conv.")) return `${at}.main.${strided && side === "encoder.down" ? "" : "conv."}${rest}`;
  const rule = inner.find(([from]) => from.test(rest));
  const part = ["attn.to_q.", "attn.to_k.", "attn.to_v."].findIndex((from) => rest.startsWith(from));
  return `${at}.${rule ? rest.replace(...rule) : rest}${part >= 0 ? `#${part}` : ""}`;
}
