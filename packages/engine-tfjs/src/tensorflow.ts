/** A tensor that tf owns, as far as it is used here. */
export interface Value {
  readonly shape: readonly number[];
  data(): Promise<Float32Array | Int32Array | Uint8Array>;
  dispose(): void;
}

/** Element types that tf shares with graphs. */
export type ValueType = "float32" | "int32" | "bool";

/**
 * What an engine uses of tf: the namespace of `@tensorflow/tfjs-core`, `@tensorflow/tfjs-node`, `@tensorflow/tfjs-node-gpu`
 * and of the `@tensorflow/tfjs` union has all of it.
 */
export interface TensorFlow {
  /** Resolves when the backend can compute. */
  ready(): Promise<void>;
  /** The name of the current backend: "tensorflow" for both packages for Node, "wasm", "cpu". */
  getBackend(): string;
  getKernel(kernel: string, backend: string): unknown;
  tensor(values: Float32Array | Int32Array | Uint8Array, shape: number[], dtype: ValueType): Value;
  /** Disposes what is made inside, but for what is kept. */
  tidy(compute: () => void): unknown;
  keep(value: Value): Value;
  /** Lets timers and signals have their turn. */
  nextFrame(): Promise<void>;
  engine(): {
    runKernel(kernel: string, inputs: Record<string, Value>, attributes?: Record<string, Attribute>): unknown;
  };
}

/** A setting of a kernel, as tf takes it. */
export type Attribute = string | number | boolean | number[] | number[][];
