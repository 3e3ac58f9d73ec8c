import { array, type NDArray, type Node, type OpName, type Tensor } from "@gmem/tensor";
import type { Attribute, Value } from "../tensorflow.ts";

/** A kernel of tf as a function. */
export type Kernel<R = Value> = (
  inputs: Readonly<Record<string, Value>> | readonly Value[],
  attributes?: Readonly<Record<string, Attribute>>,
) => R;

/** What a lowering knows of the backend that its operation will run on. */
export interface Backend {
  has(kernel: string): boolean;
  /** @throws {UnsupportedOpError} if the backend lacks the kernel. `R` is `Value[]` for kernels of several results. */
  kernel<R = Value>(name: string): Kernel<R>;
  /** Puts an array on the device for as long as the program lives. */
  keep(x: NDArray): Value;
  /** @throws {UnsupportedOpError} always: says what to do instead. */
  refuse(hint: string): never;
}

/** Computes an operation; what it makes on the way is disposed after it. */
export type Step = (...operands: Value[]) => Value | Value[];
export type Unary = (x: Value) => Value;

/** Chooses the kernels of an operation, once, when the graph is compiled. */
export type Lowering<O extends OpName> = (node: Node<O>, backend: Backend) => Step;
export type Lowerings<O extends OpName> = { readonly [K in O]: Lowering<K> };

/** A float32 number on the device. */
export const number = (backend: Backend, value: number): Value => backend.keep(array([value], []));

/** An operand of a node. */
export const operand = ({ inputs }: { readonly inputs: readonly Tensor[] }, i = 0): Tensor => inputs[i] as Tensor;
/** A result of a node. */
export const result = ({ outputs }: { readonly outputs: readonly Tensor[] }, i = 0): Tensor => outputs[i] as Tensor;

/**
 * A lowering whose kernels see bools as integers: not every backend has its kernels for bytes, and some write four of them
 * for one.
 */
export const withoutBools =
  <O extends OpName>(lowering: Lowering<O>, first = 0): Lowering<O> =>
  (node, backend) => {
    const step = lowering(node, backend);
    if (result(node).dtype !== "bool") return step;
    const cast = backend.kernel("Cast");
    const to = (x: Value, dtype: string): Value => cast({ x }, { dtype });
    const isBool = (i: number): boolean => i >= first && operand(node, i).dtype === "bool";
    return (...operands) =>
      [step(...operands.map((x, i) => (isBool(i) ? to(x, "int32") : x)))].flat().map((x) => to(x, "bool"));
  };
