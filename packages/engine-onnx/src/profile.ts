/** The runtimes inside onnxruntime-node that this engine drives. */
export type Device = "cpu" | "webgpu" | "cuda";

/** Which of several equal ONNX forms a device runs best, or at all. */
export interface Profile {
  /** Named in errors. */
  readonly name: string;
  /** onnxruntime's own operators (FusedMatMul) may be used. */
  readonly contrib: boolean;
  /** `LayerNormalization` gives mean and 1/std as further outputs; on WebGPU it leaves them unset. */
  readonly fusedLayerNorm: boolean;
  /** The `Gelu` operator has a kernel with the tanh approximation. */
  readonly fusedGelu: boolean;
}

export const profiles: { readonly [D in Device | "portable"]: Profile } = {
  cpu: { name: "onnx-cpu", contrib: true, fusedLayerNorm: true, fusedGelu: true },
  cuda: { name: "onnx-cuda", contrib: true, fusedLayerNorm: true, fusedGelu: true },
  webgpu: { name: "onnx-webgpu", contrib: false, fusedLayerNorm: false, fusedGelu: false },
  portable: { name: "onnx-file", contrib: false, fusedLayerNorm: false, fusedGelu: false },
};
