import { type DType, type NDArray, type Shape, sizeOf, storage } from "@gmem/tensor";
import type { BatchAxis } from "./batch-axis.ts";
import { type AttributeValue, contribDomain, type ElementType, nodeProto, tensorProto } from "./onnx-messages.ts";
import type { Message } from "./wire-format.ts";

export interface EmitOptions {
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** One of onnxruntime's own operators. */
  readonly contrib?: boolean;
}

/** Collects the nodes and constants of one ONNX graph and makes up names for what lies between. */
export class GraphWriter {
  readonly nodes: Message[] = [];
  readonly initializers: Message[] = [];
  /** The axis whose length is only known at run time, if there is one. */
  readonly batch: BatchAxis | undefined;
  usesContrib = false;
  /** Put before every made-up name, so that those of a loop's body differ from those around it. */
  readonly #prefix: string;
  readonly #shared = new Map<string, string>();
  #count = 0;
  #label = "graph";

  constructor(options: { readonly prefix?: string; readonly batch?: BatchAxis | undefined } = {}) {
    this.#prefix = options.prefix ?? "";
    this.batch = options.batch;
  }

  /** Nodes are named after the operation that they come from, so that a runtime's complaint can be traced back. */
  label(label: string): void {
    this.#label = label;
  }

  fresh(hint: string): string {
    return `${this.#prefix}${hint}~${this.#count++}`;
  }

  /** Adds a node with the given outputs. */
  emitTo(outputs: readonly string[], op: string, inputs: readonly string[], options: EmitOptions = {}): void {
    const { attributes = {}, contrib = false } = options;
    const name = `${this.#prefix}${this.#label}~${this.#count++}`;
    const domain = contrib ? { domain: contribDomain } : {};
    this.nodes.push(nodeProto(op, { name, inputs, outputs, attributes, ...domain }));
    this.usesContrib ||= contrib;
  }

  /** Adds a node with one new output, and names it. */
  emit(op: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}): string {
    const output = this.fresh(op);
    this.emitTo([output], op, inputs, { attributes });
    return output;
  }

  constant(name: string, value: NDArray): void {
    this.initializers.push(tensorProto(name, value.dtype, value.shape, value.data));
  }

  /** An int64 list, as operators take axes, shapes and borders. */
  integers(values: readonly number[]): string {
    return this.#share("i64", [values.length], BigInt64Array.from(values, BigInt));
  }

  /** An int64 scalar. */
  integer(value: number): string {
    return this.#share("i64", [], BigInt64Array.of(BigInt(value)));
  }

  /** Copies of one number; a scalar by default. */
  filled(value: number, dtype: DType, shape: Shape = []): string {
    return this.#share(dtype, shape, storage(dtype, sizeOf(shape)).fill(value));
  }

  #share(dtype: ElementType, shape: Shape, data: ArrayBufferView): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const content = bytes.length <= 256 ? bytes : [bytes.length, ...bytes.subarray(0, 8)]; // long ones are filled with one value
    const key = `${dtype}[${shape}]${content}`;
    const known = this.#shared.get(key);
    if (known) return known;
    const name = this.fresh("const");
    this.#shared.set(key, name);
    this.initializers.push(tensorProto(name, dtype, shape, data));
    return name;
  }

  /** The second operand of `Reshape`. */
  reshapeTarget(shape: Shape): string {
    return this.integers(this.batch ? this.batch.reshapeTarget(shape) : shape);
  }

  /** The second operand of `Expand`. */
  expandTarget(shape: Shape): string {
    return this.batch ? this.batch.expandTarget(shape, this) : this.integers(shape);
  }

  /** A border of `Slice` along an axis of the given length. */
  border(position: number, length: number): string {
    return this.batch ? this.batch.border(position, { length, writer: this }) : this.integers([position]);
  }
}
