import {
  checkOptions,
  GMemError,
  isGMemError,
  type Named,
  type NDArray,
  type RunOptions,
  UnsupportedOpError,
} from "@gmem/tensor";
import { ownCopy } from "../own-copy.ts";
import { checkDevice, type Device } from "../profile.ts";
import type { WorkerLink } from "../worker-link.ts";
import { checkOnnxFeeds, type OnnxValue } from "./feeds.ts";
import { hashOnnxFile } from "./file-hash.ts";
import { openWorker } from "./worker.ts";

export interface OpenOnnxOptions {
  /** Default "cpu". */
  readonly device?: Device;
  /** Threads of one operation; default: as many as the machine gives this process. */
  readonly threads?: number;
  /** Gives up opening. */
  readonly signal?: AbortSignal;
}

/** A network out of an ONNX file, in a worker thread of its own. */
export interface OnnxModel {
  /** 16 hex digits over the file and the files beside it that hold its tensors. */
  readonly hash: string;
  /** What `run` takes, in the file's order. */
  readonly inputs: readonly OnnxValue[];
  /** What `run` gives: outputs that are arrays of numbers. */
  readonly outputs: readonly OnnxValue[];
  /**
   * @throws {GMemError} code `GRAPH` for missing or unknown feeds, `DTYPE` or `SHAPE` for feeds of another kind, `DATA` for
   * integers that do not fit, `ABORTED`, `ENGINE` for what onnxruntime complains of.
   */
  run(feeds: Named<NDArray>, options?: RunOptions): Promise<Named<NDArray>>;
  /** Ends the worker. */
  close(): Promise<void>;
}

/**
 * Opens any ONNX file that onnxruntime can run, of any opset, with tensors inside or in files beside it. Integers of every
 * width come and go as `i32`.
 * @throws {GMemError} code `WEIGHTS` if a file is missing, `FORMAT` for something else than ONNX or a model that
 * onnxruntime cannot load, `UNSUPPORTED_OP` for operations it does not know, `BACKEND_UNAVAILABLE`, `CONFIG`, `ABORTED`.
 * @example
 * const graph = trace({ feeds: { x: f32(13, 2) } }, ({ feeds }) => ({ fetches: { y: feeds.x.mul(3) } }));
 * await exportOnnx(graph, { path: "triple.onnx", dynamicBatch: { name: "batch", feeds: ["x"] } });
 * const model = await openOnnx("triple.onnx");
 * model.inputs; // [{ name: "x", dtype: "f32", type: "float32", shape: ["batch", 2] }]
 * const { y } = await model.run({ x: array([1, 2], [1, 2]) }); // 3, 6
 * await model.close();
 */
export async function openOnnx(path: string, options: OpenOnnxOptions = {}): Promise<OnnxModel> {
  checkOptions("openOnnx", options, { device: "optional", threads: "optional", signal: "optional" });
  const { device = "cpu", threads, signal } = options;
  checkDevice("openOnnx", device);
  const hash = await hashOnnxFile(path, signal);
  const link = await openWorker("openOnnx", { device, threads });
  try {
    const found = await link.request<Pick<OnnxModel, "inputs" | "outputs">>(() => ({ type: "openFile", path }), signal);
    return new OpenModel(path, link, { hash, ...found });
  } catch (error) {
    await link.terminate();
    throw loadError(path, error);
  }
}

class OpenModel implements OnnxModel {
  readonly hash: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly #path: string;
  readonly #link: WorkerLink;
  #isClosed = false;

  constructor(path: string, link: WorkerLink, found: Pick<OnnxModel, "hash" | "inputs" | "outputs">) {
    this.#path = path;
    this.#link = link;
    this.hash = found.hash;
    this.inputs = found.inputs;
    this.outputs = found.outputs;
  }

  async run(feeds: Named<NDArray>, { signal }: RunOptions = {}): Promise<Named<NDArray>> {
    if (this.#isClosed)
      throw new GMemError("ENGINE", `${this.#path}: the model must be open, got closed; open it again`);
    checkOnnxFeeds(this.#path, this.inputs, feeds);
    return this.#link.request<Named<NDArray>>(() => {
      const copies = Object.entries(feeds).map(
        ([name, { dtype, shape, data }]) => [name, { dtype, shape, data: ownCopy(data) }] as const,
      );
      const transfer = copies.map(([, { data }]) => data.buffer);
      return { type: "runFile", feeds: Object.fromEntries(copies), transfer };
    }, signal);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#link.request(() => ({ type: "close" })).catch(() => {}); // a dead worker has released everything
    await this.#link.terminate();
  }
}

/** What onnxruntime says about a file that it cannot load. */
function loadError(path: string, error: unknown): unknown {
  if (!isGMemError(error, "ENGINE")) return error;
  const operation =
    /implementation for ([\w.:]+)|:([\w.:]+)\(-?\d+\) is not a registered function|No Op registered for (\w+)/i.exec(
      error.message,
    );
  if (operation)
    return new UnsupportedOpError(
      path,
      operation.slice(1).find(Boolean) as string,
      `onnxruntime says: ${error.message}`,
    );
  return new GMemError("FORMAT", `${path}: must be an ONNX file that onnxruntime can load, got ${error.message}`, {
    cause: error,
  });
}
