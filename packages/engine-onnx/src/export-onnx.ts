import { basename } from "node:path";
import {
  type Aval,
  bytesPerElement,
  type Graph,
  GraphError,
  type Named,
  type NDArray,
  ShapeError,
  simplify,
  sizeOf,
} from "@gmem/tensor";
import { batchAxis, type DynamicBatch } from "./batch-check.ts";
import { GraphWriter } from "./graph-writer.ts";
import { externalTensorProto, graphProto, modelProto, tensorProto } from "./model.ts";
import { profiles } from "./profile.ts";
import { declare, type Naming, namedInputs, outputsOf, writeBody } from "./program.ts";
import { type Block, replaceFile } from "./replace-file.ts";
import type { Message } from "./wire-format.ts";

export interface ExportOptions {
  /** The .onnx file; external data goes to `path` + ".data". */
  readonly path: string;
  /** Values that become part of the file; what is not here stays an input. Names of state entries or feeds. */
  readonly parameters?: Named<NDArray>;
  /** Lets the first axis of some feeds have any length. Trace the graph with a prime that divides no other length. */
  readonly dynamicBatch?: DynamicBatch;
  /**
   * Parameters of at least this many bytes go to a second file; `true` means 1024. Without it they do when the model
   * would pass the 2 GB that one file can hold.
   */
  readonly externalData?: boolean | number;
}

/** Protobuf readers stop at 2^31 bytes; the nodes need some of them. */
const fileLimit = 2 ** 31 - 2 ** 26;
/** Tensors in the data file begin at pages, so that a runtime can map them. */
const page = 4096;

/**
 * Writes a traced function as an ONNX file (opset 21, standard operators only) that any runtime can load. Inputs carry
 * the names of feeds and state, outputs those of fetches; new state is called `next/NAME`.
 * @returns the files written.
 * @throws {GraphError} if names collide or the graph fixes its batch size, {@link ShapeError} if a parameter does not fit.
 * @example
 * const graph = trace({ feeds: { x: f32(13, 4) }, state: { w: f32(2, 4) } }, ({ feeds, state }) => ({
 *   fetches: { y: feeds.x.matmul(state.w, { transposeB: true }) },
 * }));
 * const parameters = { w: array([1, 2, 3, 4, 5, 6, 7, 8], [2, 4]) };
 * await exportOnnx(graph, { path: "linear.onnx", parameters, dynamicBatch: { name: "batch", feeds: ["x"] } });
 */
export async function exportOnnx(graph: Graph, options: ExportOptions): Promise<readonly string[]> {
  const { path, parameters = {} } = options;
  const program = simplify(graph);
  const naming: Naming = { feed: (n) => n, state: (n) => n, fetch: (n) => n, next: (n) => `next/${n}` };
  const outputs = outputsOf(program, naming);
  checkNames(
    program,
    parameters,
    outputs.map(([name]) => name),
  );
  const batch = options.dynamicBatch ? batchAxis(program, options.dynamicBatch) : undefined;
  const writer = new GraphWriter({ batch });
  writeBody(program, { writer, profile: profiles.portable, inputs: namedInputs(program, naming), outputs });

  const file = layOut(parameters, { data: `${path}.data`, threshold: threshold(parameters, options.externalData) });
  const open = (values: Named<Aval>): Named<Aval> =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !parameters[name]));
  const body = graphProto(basename(path, ".onnx"), {
    nodes: writer.nodes,
    initializers: [...writer.initializers, ...file.tensors],
    inputs: [...declare(open(program.feeds), naming.feed, batch), ...declare(open(program.state), naming.state, batch)],
    outputs: [...declare(program.nextState, naming.next, batch), ...declare(program.fetches, naming.fetch, batch)],
  });
  if (file.blocks.length > 0) await replaceFile(`${path}.data`, file.blocks);
  let offset = 0;
  const model = modelProto(body, { contrib: writer.usesContrib })
    .parts()
    .map((bytes): Block => {
      const block = { offset, bytes };
      offset += bytes.length;
      return block;
    });
  await replaceFile(path, model);
  return file.blocks.length > 0 ? [path, `${path}.data`] : [path];
}

/** Inputs, parameters and outputs share one name space in ONNX. */
function checkNames(graph: Graph, parameters: Named<NDArray>, outputs: readonly string[]): void {
  const names = [...Object.keys(graph.feeds), ...Object.keys(graph.state), ...outputs];
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new GraphError("exportOnnx", "feeds, state and fetches need names of their own", `"${twice}" twice`);
  for (const [name, { dtype, shape }] of Object.entries(parameters)) {
    const wanted = graph.state[name] ?? graph.feeds[name];
    if (!wanted) throw new GraphError("exportOnnx", "parameters must name state or feeds of the graph", `"${name}"`);
    if (wanted.dtype !== dtype || String(wanted.shape) !== String(shape))
      throw new ShapeError(
        "exportOnnx",
        `parameter "${name}" must be ${wanted.dtype} [${wanted.shape}], not ${dtype}`,
        [shape],
      );
  }
}

const bytesOf = ({ dtype, shape }: Aval): number => bytesPerElement(dtype) * sizeOf(shape);

/** Bytes from which on a parameter goes to the second file. */
function threshold(parameters: Named<NDArray>, externalData: boolean | number | undefined): number {
  if (typeof externalData === "number") return externalData;
  const total = Object.values(parameters).reduce((sum, value) => sum + bytesOf(value), 0);
  return externalData === true || total > fileLimit ? 1024 : Number.POSITIVE_INFINITY;
}

/** The parameters as tensors of the model, and the blocks of the second file. */
function layOut(
  parameters: Named<NDArray>,
  { data, threshold }: { readonly data: string; readonly threshold: number },
): { readonly tensors: readonly Message[]; readonly blocks: readonly Block[] } {
  const blocks: Block[] = [];
  let end = 0;
  const tensors = Object.entries(parameters).map(([name, value]) => {
    const { dtype, shape } = value;
    const bytes = new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength);
    if (bytes.length < threshold) return tensorProto(name, dtype, shape, bytes);
    const offset = Math.ceil(end / page) * page;
    blocks.push({ offset, bytes });
    end = offset + bytes.length;
    return externalTensorProto(name, dtype, {
      shape,
      location: { file: basename(data), offset, length: bytes.length },
    });
  });
  return { tensors, blocks };
}
