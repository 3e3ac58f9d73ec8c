import type { Node, OpName, Tensor } from "@gmem/tensor";
import type { GraphWriter } from "../graph-writer.ts";
import type { Profile } from "../profile.ts";

/** One operation being lowered: what it reads and writes, by name, and where its ONNX nodes go. */
export interface Site<O extends OpName> {
  readonly node: Node<O>;
  readonly inputs: readonly string[];
  /** [O], added to each column or channel of the result; of flat products and convolutions only. */
  readonly bias?: string;
  /** The name that each output must get; empty where nothing reads it. */
  readonly outputs: readonly string[];
  readonly writer: GraphWriter;
  readonly profile: Profile;
}

/** Writes the ONNX nodes of one operation. The last of them carries the given output name: a renaming would be a copy. */
export type Lowering<O extends OpName> = (site: Site<O>) => void;

/** An operand of the site's node. */
export const operand = <O extends OpName>(site: Site<O>, i: number): Tensor => site.node.inputs[i] as Tensor;
/** A result of the site's node. */
export const result = <O extends OpName>(site: Site<O>, i = 0): Tensor => site.node.outputs[i] as Tensor;
/** Name of an operand. */
export const name = <O extends OpName>(site: Site<O>, i = 0): string => site.inputs[i] as string;

/** One lowering for each of some operations. */
export type Lowerings<O extends OpName> = { readonly [K in O]: Lowering<K> };
