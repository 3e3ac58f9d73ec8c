import { type Aval, array, type DType, DTypeError, GMemError, type NDArray } from "@gmem/tensor";
import type { TensorFlow, Value, ValueType } from "./tensorflow.ts";

/** Element types that tf has in common with graphs; it has neither float64 nor float16. */
export const dtypes: ReadonlySet<DType> = new Set<DType>(["f32", "i32", "bool"]);

const valueTypes: Partial<Record<DType, ValueType>> = { f32: "float32", i32: "int32", bool: "bool" };

/** Tensors on the device that someone answers for. */
interface Owned {
  release(): void;
}

/** One backend of one tf, as an engine found it. */
export class Device {
  readonly tf: TensorFlow;
  /** tf's name of the backend: "cpu", "wasm", "tensorflow". */
  readonly backend: string;
  /** The engine's name: "tfjs-wasm". */
  readonly name: string;
  readonly #owned = new Set<Owned>();
  #closed = false;

  constructor(tf: TensorFlow) {
    this.tf = tf;
    this.backend = tf.getBackend();
    this.name = `tfjs-${this.backend}`;
  }

  /** @throws {GMemError} code `ENGINE` after the engine's end, or while tf is set to another backend. */
  ready(where: string): void {
    if (this.#closed) throw new GMemError("ENGINE", `${where}: the engine has been disposed, make a new one`);
    const now = this.tf.getBackend();
    if (now !== this.backend)
      throw new GMemError(
        "ENGINE",
        `${where}: tf must stay on the backend "${this.backend}" of this engine, got "${now}"; set it back`,
      );
  }
  /** Notes what goes with the engine, until it is released. */
  own(thing: Owned): void {
    this.#owned.add(thing);
  }
  forget(thing: Owned): void {
    this.#owned.delete(thing);
  }
  close(): void {
    this.#closed = true;
    for (const thing of this.#owned) thing.release();
  }

  /** A copy on the device. */
  put(x: NDArray): Value {
    const dtype = valueTypes[x.dtype];
    if (!dtype) throw new DTypeError(this.name, `takes ${[...dtypes].join(", ")}`, x.dtype);
    // some backends keep the array that they are given
    const data = (x.data as Float32Array | Int32Array | Uint8Array).slice();
    return this.tf.tensor(data, [...x.shape], dtype);
  }

  /** A copy on the host. */
  async read(value: Value, { dtype, shape }: Aval): Promise<NDArray> {
    const data = await value.data();
    return array(data.slice(), shape, dtype); // some backends hand out their own array
  }

  /** Another handle of the same values: each is disposed on its own. */
  share(value: Value): Value {
    return this.tf.engine().runKernel("Identity", { x: value }) as Value;
  }
}
