import type { DType } from "@gmem/tensor";
import { Message } from "./wire-format.ts";

/** The opset and IR version of every model that is written. */
export const opset = 21;
const irVersion = 10;

/** Element types of ONNX that a graph uses; `i64` occurs in shapes and indices only. */
export type ElementType = DType | "i64";

/** TensorProto.DataType. */
export const elementCode: { readonly [T in ElementType]: number } = {
  f32: 1,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
  f64: 11,
};

/** A length, or the name of one that is only known at run time. */
export type Dimension = number | string;

export type AttributeValue = number | string | readonly number[] | { readonly float: number } | Message;

/** ValueInfoProto of a tensor. */
export function valueInfo(name: string, dtype: ElementType, shape: readonly Dimension[]): Message {
  const dims = new Message();
  for (const length of shape) {
    const dimension = new Message();
    dims.message(1, typeof length === "number" ? dimension.int(1, length) : dimension.string(2, length));
  }
  const type = new Message().int(1, elementCode[dtype]).message(2, dims);
  return new Message().string(1, name).message(2, new Message().message(1, type));
}

/** ValueInfoProto of a sequence of float32 tensors. */
export function sequenceInfo(name: string): Message {
  const element = new Message().message(1, new Message().int(1, elementCode.f32));
  const sequence = new Message().message(1, element);
  return new Message().string(1, name).message(2, new Message().message(4, sequence));
}

/** TensorProto with its values inside. */
export function tensorProto(
  name: string,
  dtype: ElementType,
  shape: readonly number[],
  data: ArrayBufferView,
): Message {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return tensorHead(name, dtype, shape).bytes(9, bytes);
}

/** Where the values of a tensor lie in a file beside the model. */
export interface ExternalLocation {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** TensorProto whose values lie in another file. */
export function externalTensorProto(
  name: string,
  dtype: ElementType,
  { shape, location }: { readonly shape: readonly number[]; readonly location: ExternalLocation },
): Message {
  const entry = (key: string, value: string): Message => new Message().string(1, key).string(2, value);
  return tensorHead(name, dtype, shape)
    .message(13, entry("location", location.file))
    .message(13, entry("offset", String(location.offset)))
    .message(13, entry("length", String(location.length)))
    .int(14, 1);
}

function tensorHead(name: string, dtype: ElementType, shape: readonly number[]): Message {
  const tensor = new Message();
  for (const length of shape) tensor.int(1, length);
  return tensor.int(2, elementCode[dtype]).string(8, name);
}

function attribute(name: string, value: AttributeValue): Message {
  const message = new Message().string(1, name);
  if (value instanceof Message) return message.message(6, value).int(20, 5);
  if (typeof value === "number") return message.int(3, value).int(20, 2);
  if (typeof value === "string") return message.string(4, value).int(20, 3);
  if ("float" in value) return message.float(2, value.float).int(20, 1);
  for (const element of value) message.int(8, element);
  return message.int(20, 7);
}

export interface NodeFields {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly domain?: string;
}

/** NodeProto. */
export function nodeProto(op: string, { name, inputs, outputs, attributes = {}, domain }: NodeFields): Message {
  const node = new Message();
  for (const input of inputs) node.string(1, input);
  for (const output of outputs) node.string(2, output);
  node.string(3, name).string(4, op);
  for (const [key, value] of Object.entries(attributes)) node.message(5, attribute(key, value));
  return domain ? node.string(7, domain) : node;
}

export interface GraphFields {
  readonly nodes: readonly Message[];
  readonly initializers: readonly Message[];
  readonly inputs: readonly Message[];
  readonly outputs: readonly Message[];
}

/** GraphProto. */
export function graphProto(name: string, { nodes, initializers, inputs, outputs }: GraphFields): Message {
  const graph = new Message();
  for (const node of nodes) graph.message(1, node);
  graph.string(2, name);
  for (const tensor of initializers) graph.message(5, tensor);
  for (const input of inputs) graph.message(11, input);
  for (const output of outputs) graph.message(12, output);
  return graph;
}

/** The domain of onnxruntime's own operators. */
export const contribDomain = "com.microsoft";

/** ModelProto. `contrib` also imports onnxruntime's own operators. */
export function modelProto(graph: Message, { contrib }: { readonly contrib: boolean }): Message {
  const operators = (domain: string, version: number): Message => new Message().string(1, domain).int(2, version);
  const model = new Message().int(1, irVersion).string(2, "gmem").message(7, graph).message(8, operators("", opset));
  return contrib ? model.message(8, operators(contribDomain, 1)) : model;
}
