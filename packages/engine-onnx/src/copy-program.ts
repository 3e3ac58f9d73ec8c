import type { Aval } from "@gmem/tensor";
import { GraphWriter } from "./graph-writer.ts";
import { graphProto, modelProto, valueInfo } from "./onnx-messages.ts";

/** The model y = x · 1 (y = x or x, for bool): what a session needs to bring a GPU tensor to the CPU. */
export function copyProgram({ dtype, shape }: Aval): Uint8Array {
  const writer = new GraphWriter();
  if (dtype === "bool") writer.emitTo(["y"], "Or", ["x", "x"]);
  else writer.emitTo(["y"], "Mul", ["x", writer.filled(dtype === "f16" ? 0x3c00 : 1, dtype)]);
  const graph = graphProto("copy", {
    nodes: writer.nodes,
    initializers: writer.initializers,
    inputs: [valueInfo("x", dtype, shape)],
    outputs: [valueInfo("y", dtype, shape)],
  });
  return modelProto(graph, { contrib: false }).finish();
}
