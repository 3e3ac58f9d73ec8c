import { basename } from "node:path";
import { type Aval, bytesPerElement, GraphError, type Named, type NDArray, ShapeError, sizeOf } from "@gmem/tensor";
import type { GraphWriter } from "./graph-writer.ts";
import { elementCode, externalTensorProto, graphProto, modelProto, nodeProto, tensorProto } from "./onnx-messages.ts";
import { type Block, replaceFile } from "./replace-file.ts";
import type { Message } from "./wire-format.ts";

/** Where numbers of a parameter lie already, in row order: in a safetensors file, say. */
export interface StoredParameter {
  /** A file in the folder of the .onnx. */
  readonly file: string;
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** "f16" is widened when the model is loaded. */
  readonly dtype: "f32" | "f16";
}

export interface OnnxFileOptions {
  /** The .onnx file; external data goes to `path` + ".data". */
  readonly path: string;
  /** Values that become part of the file; what is not here stays an input. Names of state entries or feeds. */
  readonly parameters?: Named<NDArray>;
  /**
   * Parameters of at least this many bytes go to a second file; `true` means 1024. Without it they do when the model
   * would pass the 2 GB that one file can hold.
   */
  readonly externalData?: boolean | number;
  /** Parameters that the model reads where they lie, by name: they must be the numbers of `parameters`. */
  readonly stored?: Named<StoredParameter>;
}

/** Protobuf readers stop at 2^31 bytes; the nodes need some of them. */
const fileLimit = 2 ** 31 - 2 ** 26;
/** Tensors in the data file begin at pages, so that a runtime can map them. */
const page = 4096;

/** Writes what a writer collected, with the parameters, as one file or two. @returns the files written. */
export async function writeOnnxFile(
  { path, parameters = {}, externalData, stored = {} }: OnnxFileOptions,
  graph: {
    readonly writer: Pick<GraphWriter, "nodes" | "initializers" | "usesContrib">;
    readonly inputs: readonly Message[];
    readonly outputs: readonly Message[];
  },
): Promise<readonly string[]> {
  const { writer, inputs, outputs } = graph;
  const own = Object.fromEntries(Object.entries(parameters).filter(([name]) => !Object.hasOwn(stored, name)));
  const file = layOut(own, { data: `${path}.data`, threshold: threshold(own, externalData) });
  const there = pointers(parameters, stored);
  const initializers = [...writer.initializers, ...file.tensors, ...there.tensors];
  const nodes = [...there.nodes, ...writer.nodes];
  const body = graphProto(basename(path, ".onnx"), { nodes, initializers, inputs, outputs });
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

/**
 * Inputs, parameters and outputs share one name space in ONNX.
 * @throws {GraphError} if names collide or parameters name nothing, `ShapeError` if one does not fit.
 */
export function checkNames(
  where: string,
  parameters: Named<NDArray>,
  { inputs, outputs }: { readonly inputs: readonly Named<Aval>[]; readonly outputs: readonly string[] },
): void {
  const names = [...inputs.flatMap((named) => Object.keys(named)), ...outputs];
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new GraphError(where, "feeds, state and fetches need names of their own", `"${twice}" twice`);
  for (const [name, { dtype, shape }] of Object.entries(parameters)) {
    const wanted = inputs.find((named) => Object.hasOwn(named, name))?.[name];
    if (!wanted) throw new GraphError(where, "parameters must name state or feeds of the graph", `"${name}"`);
    if (wanted.dtype !== dtype || String(wanted.shape) !== String(shape))
      throw new ShapeError(where, `parameter "${name}" must be ${wanted.dtype} [${wanted.shape}], not ${dtype}`, [
        shape,
      ]);
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

/** Tensors that lie in files that are there, and the nodes that widen halves. @throws {ShapeError} where bytes are no such tensor's. */
function pointers(
  parameters: Named<NDArray>,
  stored: Named<StoredParameter>,
): { readonly tensors: readonly Message[]; readonly nodes: readonly Message[] } {
  const tensors: Message[] = [];
  const nodes: Message[] = [];
  for (const [name, { file, offset, length, dtype }] of Object.entries(stored)) {
    const value = parameters[name];
    if (!value) throw new GraphError("exportOnnx", "stored parameters must be among parameters", `"${name}"`);
    const { shape } = value;
    if (value.dtype !== "f32" || bytesOf({ dtype, shape }) !== length)
      throw new ShapeError("exportOnnx", `"${name}" must be f32 and ${length} bytes of ${dtype} in ${file}`, [shape]);
    const narrow = dtype === "f32" ? name : `${name}/half`;
    tensors.push(externalTensorProto(narrow, dtype, { shape, location: { file, offset, length } }));
    if (dtype === "f32") continue;
    const attributes = { to: elementCode.f32 };
    nodes.push(nodeProto("Cast", { name: `${name}/widened`, inputs: [narrow], outputs: [name], attributes }));
  }
  return { tensors, nodes };
}
