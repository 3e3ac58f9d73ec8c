import { GMemError } from "@gmem/tensor";

/** The runtimes inside onnxruntime-node that this engine drives. */
export type Device = "cpu" | "webgpu" | "cuda";

const devices: readonly string[] = ["cpu", "webgpu", "cuda"] satisfies readonly Device[];

/** @throws {GMemError} code `CONFIG` for a device that does not exist. */
export function checkDevice(where: string, device: string): void {
  if (devices.includes(device)) return;
  const known = `"${devices.join('", "')}"`;
  throw new GMemError("CONFIG", `${where}: device must be one of ${known}, got ${JSON.stringify(device)}`);
}

/** Which of several equal ONNX forms a device runs best, or at all. */
export interface Profile {
  /** Named in errors. */
  readonly name: string;
  /** onnxruntime's own operators (FusedMatMul) may be used. */
  readonly contrib: boolean;
  /** Longest row for `LayerNormalization`, which adds it up in one go and gives mean and 1/std as further outputs. */
  readonly fusedLayerNorm: number;
  /**
   * `LayerNormalization` takes the mean of squares less the square of the mean, which leaves nothing of a small variance
   * about a large mean: it is given rows without their mean.
   */
  readonly centresFirst: boolean;
  /** Products of float16 have kernels. */
  readonly halfProducts: boolean;
  /** Each node costs time of its own, whatever it computes: programs are rewritten to have fewer (fewer-nodes). */
  readonly fewNodes: boolean;
  /** The `Gelu` operator has a kernel with the tanh approximation. */
  readonly fusedGelu: boolean;
  /**
   * Most numbers that one kernel adds up, of a whole array or along some of its axes; more go in stages. Chosen so that a
   * sum of equal numbers, which hides no error, is off by 2e-4 at most.
   */
  readonly longestSum: { readonly whole: number; readonly part: number };
  /**
   * Programs have an output that is never a result (stop-before-copies.ts). On WebGPU each is asked for all that it has:
   * onnxruntime-node takes the location of an output by its place among those asked for, so that one left out moves the
   * rest, and results stay in GPU memory.
   */
  readonly stopsBeforeCopies: boolean;
}

/** onnxruntime's CPU adds whole arrays in sixteen parts, rows in fewer, columns one after the other. */
const cpuSums = { whole: 2 ** 17, part: 2 ** 14 };

export const profiles: { readonly [D in Device | "portable"]: Profile } = {
  cpu: {
    name: "onnx-cpu",
    contrib: true,
    fusedLayerNorm: 2 ** 18,
    centresFirst: false,
    halfProducts: false,
    fewNodes: false,
    fusedGelu: true,
    longestSum: cpuSums,
    stopsBeforeCopies: true,
  },
  cuda: {
    name: "onnx-cuda",
    contrib: true,
    fusedLayerNorm: 2 ** 18,
    centresFirst: false,
    halfProducts: true,
    fewNodes: true,
    fusedGelu: true,
    longestSum: cpuSums,
    stopsBeforeCopies: true,
  },
  webgpu: {
    name: "onnx-webgpu",
    contrib: false,
    fusedLayerNorm: 2 ** 17,
    centresFirst: true,
    halfProducts: true,
    fewNodes: true,
    fusedGelu: true,
    longestSum: { whole: 2 ** 17, part: 2 ** 17 },
    stopsBeforeCopies: false,
  },
  portable: {
    name: "onnx-file",
    contrib: false,
    fusedLayerNorm: 0,
    centresFirst: false,
    halfProducts: true,
    fewNodes: false,
    fusedGelu: false,
    longestSum: { whole: 2 ** 14, part: 2 ** 14 },
    stopsBeforeCopies: false,
  },
};
