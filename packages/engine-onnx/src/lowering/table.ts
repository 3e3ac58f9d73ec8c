import type { OpName } from "@gmem/tensor";
import { arrange } from "./arrange.ts";
import { convolution } from "./convolution.ts";
import { elementwise } from "./elementwise.ts";
import { linear } from "./linear.ts";
import { reduce } from "./reduce.ts";
import type { Lowering } from "./site.ts";

/** The ONNX form of every operation. */
export const lowerings: { readonly [O in OpName]: Lowering<O> } = {
  input: () => {}, // declared by the program
  constant: ({ writer, node, outputs }) => writer.constant(outputs[0] as string, node.attrs.value),
  ...elementwise,
  ...arrange,
  ...linear,
  ...reduce,
  ...convolution,
};
