import { type Engine, GMemError } from "@gmem/tensor";
import type { TensorFlow, Value } from "./tensorflow.ts";
import { tfjsEngine } from "./tfjs-engine.ts";

const packageName = "@tensorflow/tfjs-node-gpu";

export interface TfjsNodeGpuOptions {
  /** Imports the package; default: from where this one is installed. */
  readonly load?: () => Promise<unknown>;
}

/** What the package adds to tf. */
interface NodeTensorFlow extends TensorFlow {
  backend(): { readonly isUsingGpuDevice?: boolean };
}

/**
 * An engine on `@tensorflow/tfjs-node-gpu`, which is imported when this is called: TensorFlow 2.9 on an NVIDIA GPU.
 * @throws {GMemError} code `BACKEND_UNAVAILABLE`, with what to do, if the package, its native part or a GPU is missing.
 * @example
 * // no-run
 * const engine = await tfjsNodeGpu();
 * engine.name; // "tfjs-tensorflow"
 */
export async function tfjsNodeGpu(options: TfjsNodeGpuOptions = {}): Promise<Engine> {
  const { load = (): Promise<unknown> => import(/* @vite-ignore */ packageName) } = options;
  const tf = await load().then(namespaceOf, (cause: Error) => {
    throw isAbsent(cause) ? unavailable("is not installed", install, cause) : broken(cause);
  });
  try {
    await tf.ready();
    tryOut(tf);
  } catch (cause) {
    throw broken(cause as Error);
  }
  if (!tf.backend().isUsingGpuDevice) throw unavailable("finds no GPU", libraries);
  return tfjsEngine({ tf });
}

/** A CommonJS module, as `import()` gives it. */
const namespaceOf = (loaded: unknown): NodeTensorFlow =>
  (loaded as { readonly default?: NodeTensorFlow }).default ?? (loaded as NodeTensorFlow);

/** Node 23 and later lack a function that release 4.22 calls in every kernel. */
function tryOut(tf: TensorFlow): void {
  const x = tf.tensor(new Float32Array([1]), [1], "float32");
  try {
    (tf.engine().runKernel("Neg", { x }) as Value).dispose();
  } finally {
    x.dispose();
  }
}

/** As Node says it, and bundlers. */
const isAbsent = ({ message }: Error): boolean =>
  new RegExp(`^(Cannot find (package|module)|Could not resolve) ['"]${packageName}['"]`).test(message);

const install = `run \`npm i ${packageName}\` with Node 20 or 22 on Linux or Windows (x64)`;
const libraries =
  "it needs an NVIDIA driver (`nvidia-smi` lists the GPU), CUDA 11 and cuDNN 8, with their folders in LD_LIBRARY_PATH";

const broken = (cause: Error): GMemError =>
  unavailable(
    `does not start (${cause.message.split("\n")[0]})`,
    `let its install script run (\`npm rebuild ${packageName} --build-addon-from-source\`; pnpm: \`pnpm approve-builds\`) with Node 20 or 22; ${libraries}`,
    cause,
  );

const unavailable = (what: string, remedy: string, cause?: Error): GMemError =>
  new GMemError("BACKEND_UNAVAILABLE", `tfjsNodeGpu: ${packageName} ${what}; ${remedy}`, cause ? { cause } : {});
