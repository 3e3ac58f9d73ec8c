import {
  avalsOf,
  type CompileOptions,
  checkProgram,
  type DeviceState,
  DTypeError,
  type Engine,
  EngineState,
  type Executable,
  GMemError,
  type Graph,
  type Named,
  type NDArray,
  ownState,
  type StateOptions,
  type StateStore,
  simplify,
} from "@gmem/tensor";
import { Device, dtypes } from "./device.ts";
import { TfjsExecutable } from "./executable.ts";
import { Store } from "./store.ts";
import type { TensorFlow } from "./tensorflow.ts";

export interface TfjsEngineOptions {
  /** The namespace of tf, with a backend registered: `import * as tf from "@tensorflow/tfjs-core"`, or -node-gpu. */
  readonly tf: TensorFlow;
}

/**
 * An engine that interprets graphs with the kernels of TensorFlow.js, on the backend that tf is set to when it is made.
 * It never changes that: one copy of tf has one current backend, so engines of two backends need two copies.
 * @throws {GMemError} code `BACKEND_UNAVAILABLE` if tf has no backend that starts.
 * @example
 * import * as tf from "@tensorflow/tfjs-core";
 * import "@tensorflow/tfjs-backend-cpu";
 * const engine = await tfjsEngine({ tf });
 * const double = await engine.compile(trace({ feeds: { x: f32(2) } }, ({ feeds }) => ({ fetches: { y: feeds.x.mul(2) } })));
 * const { y } = await double.run({ x: array([1, 2]) }); // 2, 4
 * await engine.dispose();
 */
export async function tfjsEngine({ tf }: TfjsEngineOptions): Promise<Engine> {
  try {
    await tf.ready();
  } catch (cause) {
    throw new GMemError(
      "BACKEND_UNAVAILABLE",
      `tfjsEngine: tf needs a backend that starts (${(cause as Error).message}); import one, such as @tensorflow/tfjs-backend-wasm, and await tf.setBackend("wasm")`,
      { cause },
    );
  }
  return new TfjsEngine(new Device(tf));
}

class TfjsEngine implements Engine {
  readonly name: string;
  readonly dtypes = dtypes;
  readonly #device: Device;

  constructor(device: Device) {
    this.name = device.name;
    this.#device = device;
  }

  async state(initial: Named<NDArray>, { fixed }: StateOptions = {}): Promise<DeviceState> {
    this.#device.ready("state");
    for (const [name, { dtype }] of Object.entries(initial))
      if (!dtypes.has(dtype)) throw new DTypeError(`state "${name}"`, `tf has ${[...dtypes].join(", ")}`, dtype);
    return new EngineState(new Store(this.#device, initial), avalsOf(initial), fixed && { fixed });
  }

  async compile(graph: Graph, options: CompileOptions = {}): Promise<Executable> {
    this.#device.ready("compile");
    const check = checkProgram(graph, options.loop);
    const isOwn = (store: StateStore): store is Store => store instanceof Store && store.device === this.#device;
    const state = ownState(graph, options, isOwn);
    const setting = { device: this.#device, check, state, loop: options.loop, simplified: simplify(graph) };
    return new TfjsExecutable(graph, setting);
  }

  async dispose(): Promise<void> {
    this.#device.close();
  }
}
