import { type CompileOptions, type Graph, simplify } from "@gmem/tensor";
import { fewerNodes } from "./fewer-nodes/fewer-nodes.ts";
import { GraphWriter } from "./graph-writer.ts";
import { writeStep } from "./loop-program.ts";
import { type Device, profiles } from "./profile.ts";
import { writeRun } from "./program.ts";

/**
 * The ONNX nodes that a program of an engine has; in a loop, those of one step. On a GPU each costs time of its own, so that
 * small networks take as long as their nodes.
 * @example
 * const graph = trace({ feeds: { x: f32(2) } }, ({ feeds }) => ({ fetches: { y: exp(feeds.x).add(exp(feeds.x)) } }));
 * nodeCount(graph, { device: "webgpu" }); // 2: what is computed twice is computed once
 */
export function nodeCount(
  graph: Graph,
  { device = "cpu", loop }: { readonly device?: Device } & Pick<CompileOptions, "loop"> = {},
): number {
  const profile = profiles[device];
  const program = simplify(graph);
  const writer = new GraphWriter();
  if (loop) writeStep(profile.fewNodes ? fewerNodes(program).graph : program, { writer, profile, loop });
  else writeRun(program, { writer, profile });
  return writer.nodes.length;
}
