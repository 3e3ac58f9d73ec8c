import type { OpName } from "@gmem/tensor";
import { arrange } from "./arrange.ts";
import type { Lowering } from "./backend.ts";
import { convolution } from "./convolution.ts";
import { elementwise } from "./elementwise.ts";
import { linear } from "./linear.ts";
import { reduce } from "./reduce.ts";

/** The kernels of every operation. */
export const lowerings: { readonly [O in OpName]: Lowering<O> } = {
  input: (node, backend) => backend.refuse(`"${node.attrs.name}" is bound before a run`),
  constant: (node, backend) => {
    const value = backend.keep(node.attrs.value);
    return () => value;
  },
  ...elementwise,
  ...arrange,
  ...reduce,
  ...linear,
  ...convolution,
};
