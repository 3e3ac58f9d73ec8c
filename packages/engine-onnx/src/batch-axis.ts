import { GraphError, type Shape } from "@gmem/tensor";
import type { AttributeValue, Dimension } from "./onnx-messages.ts";

/** What writes the nodes that work out a length at run time. */
export interface LengthWriter {
  emit(op: string, inputs: readonly string[], attributes?: Readonly<Record<string, AttributeValue>>): string;
  integers(values: readonly number[]): string;
}

/**
 * The batch axis of a graph that was traced at one batch size and shall run at any. The traced size is chosen so that no
 * other length is a multiple of it (13, say); then a length n·k of any tensor in the graph stands for batch·k.
 */
export class BatchAxis {
  readonly name: string;
  readonly size: number;
  /** The graph input whose first axis tells the batch size at run time. */
  readonly source: string;
  #runtime = new Map<number, string>();

  constructor({ name, size, source }: { readonly name: string; readonly size: number; readonly source: string }) {
    this.name = name;
    this.size = size;
    this.source = source;
  }

  /** True for a length that grows with the batch. */
  holds(length: number): boolean {
    return length > 0 && length % this.size === 0;
  }

  /** The shape as it is declared: the batch by its name, multiples of it by a name of their own. */
  declared(shape: Shape): readonly Dimension[] {
    return shape.map((length) => {
      if (!this.holds(length)) return length;
      return length === this.size ? this.name : `${this.name}*${length / this.size}`;
    });
  }

  /** The target of a `Reshape`: −1 where the batch is. */
  reshapeTarget(shape: Shape): readonly number[] {
    this.#checkOne("reshape", shape);
    return shape.map((length) => (this.holds(length) ? -1 : length));
  }

  /** The target of an `Expand`, put together at run time. */
  expandTarget(shape: Shape, writer: LengthWriter): string {
    if (!shape.some((length) => this.holds(length))) return writer.integers(shape);
    const parts = shape.map((length) =>
      this.holds(length) ? this.#multiple(length / this.size, writer) : writer.integers([length]),
    );
    return parts.length === 1 ? (parts[0] as string) : writer.emit("Concat", parts, { axis: 0 });
  }

  /** A border of a slice: whole multiples of the batch move with it. */
  border(position: number, { length, writer }: { readonly length: number; readonly writer: LengthWriter }): string {
    if (!this.holds(length) || position === 0) return writer.integers([position]);
    if (position % this.size !== 0)
      throw new GraphError(
        "exportOnnx",
        `a slice along the batch must begin and end at multiples of it (${this.size})`,
        String(position),
      );
    return this.#multiple(position / this.size, writer);
  }

  /** Refuses an operation that would fix the batch size. */
  refuse(op: string, lengths: Shape): void {
    if (lengths.some((length) => this.holds(length)))
      throw new GraphError(
        "exportOnnx",
        `${op} cannot follow a dynamic batch; leave out dynamicBatch or move it out of the exported function`,
        `[${lengths}]`,
      );
  }

  #multiple(factor: number, writer: LengthWriter): string {
    const known = this.#runtime.get(factor);
    if (known) return known;
    const batch = factor === 1 ? writer.emit("Shape", [this.source], { start: 0, end: 1 }) : this.#multiple(1, writer);
    const result = factor === 1 ? batch : writer.emit("Mul", [batch, writer.integers([factor])]);
    this.#runtime.set(factor, result);
    return result;
  }

  #checkOne(op: string, shape: Shape): void {
    if (shape.filter((length) => this.holds(length)).length > 1)
      throw new GraphError(
        "exportOnnx",
        `${op} cannot hold two axes that grow with the batch (${this.size})`,
        `[${shape}]`,
      );
  }
}
