import { type Aval, checkLengths, type Graph, type Named, simplify } from "@gmem/tensor";
import { batchAxis, type DynamicBatch } from "./batch-check.ts";
import { checkNames, type OnnxFileOptions, writeOnnxFile } from "./export-onnx-file.ts";
import { GraphWriter } from "./graph-writer.ts";
import { profiles } from "./profile.ts";
import { declare, type Naming, namedInputs, outputsOf, writeBody } from "./program.ts";

export interface ExportOptions extends OnnxFileOptions {
  /** Lets the first axis of some feeds have any length. Trace the graph with a prime that divides no other length. */
  readonly dynamicBatch?: DynamicBatch;
}

/**
 * Writes a traced function as an ONNX file (opset 21, standard operators only) that any runtime can load. Inputs carry
 * the names of feeds and state, outputs those of fetches; new state is called `next/NAME`.
 * @returns the files written.
 * @throws {GraphError} if names collide or the graph fixes its batch size, `ShapeError` if a parameter does not fit or an
 * axis has no elements.
 * @example
 * const graph = trace({ feeds: { x: f32(13, 4) }, state: { w: f32(2, 4) } }, ({ feeds, state }) => ({
 *   fetches: { y: feeds.x.matmul(state.w, { transposeB: true }) },
 * }));
 * const parameters = { w: array([1, 2, 3, 4, 5, 6, 7, 8], [2, 4]) };
 * await exportOnnx(graph, { path: "linear.onnx", parameters, dynamicBatch: { name: "batch", feeds: ["x"] } });
 */
export async function exportOnnx(graph: Graph, options: ExportOptions): Promise<readonly string[]> {
  const { parameters = {} } = options;
  checkLengths(graph);
  const program = simplify(graph);
  const naming: Naming = { feed: (n) => n, state: (n) => n, fetch: (n) => n, next: (n) => `next/${n}` };
  const outputs = outputsOf(program, naming);
  checkNames("exportOnnx", parameters, {
    inputs: [program.feeds, program.state],
    outputs: outputs.map(([name]) => name),
  });
  const batch = options.dynamicBatch ? batchAxis(program, options.dynamicBatch) : undefined;
  const writer = new GraphWriter({ batch });
  writeBody(program, { writer, profile: profiles.portable, inputs: namedInputs(program, naming), outputs });
  const open = (values: Named<Aval>): Named<Aval> =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !parameters[name]));
  return writeOnnxFile(options, {
    writer,
    inputs: [...declare(open(program.feeds), naming.feed, batch), ...declare(open(program.state), naming.state, batch)],
    outputs: [...declare(program.nextState, naming.next, batch), ...declare(program.fetches, naming.fetch, batch)],
  });
}
