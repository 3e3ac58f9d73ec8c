import { type Dinov2Config, dinov2Features } from "@gmem/encoders/dinov2";
import { antialiasedMatrix, normalise, pillowResample, resample } from "@gmem/encoders/resize";
import type { Encoder } from "@gmem/spec";
import { clamp, type Engine, type Named, type NDArray, rowRunner, ShapeError, type Tensor } from "@gmem/tensor";
import { contentHash } from "@gmem/weights";
import { checkUnitImages } from "./images/pixel-range.ts";
import { resizeBilinear } from "./inception/resize-bilinear.ts";

/**
 * Whose pre-processing of FD-DINOv2: `dgm-eval` Pillow's bicubic filter on bytes, `dgm-eval-clean` the same in float32,
 * `edm2` PyTorch's antialiased bicubic without limits, `torch-fidelity` TensorFlow 1's bilinear. All squeeze images to 224 × 224.
 */
export type Dinov2Protocol = "dgm-eval" | "dgm-eval-clean" | "edm2" | "torch-fidelity";

const size = 224;
const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/**
 * Images [N,3,H,W] in [0, 1] → DINOv2's input [N,3,224,224] by an evaluator's protocol, normalised as ImageNet.
 * @throws {ShapeError} for anything but [N,3,H,W].
 * @example
 * trace({ feeds: { x: f32(1, 3, 32, 32) } }, ({ feeds }) => ({
 *   fetches: { y: dinov2MetricInput(feeds.x, "edm2") }, // [1,3,224,224]
 * }));
 */
export function dinov2MetricInput(x: Tensor, protocol: Dinov2Protocol): Tensor {
  if (x.rank !== 4 || x.shape[1] !== 3) throw new ShapeError("dinov2MetricInput", "needs images [N,3,H,W]", [x.shape]);
  const [, , height, width] = x.shape as [number, number, number, number];
  const [rows, columns] = [antialiasedMatrix(height, size), antialiasedMatrix(width, size)];
  const resized: Readonly<Record<Dinov2Protocol, () => Tensor>> = {
    "dgm-eval": () => pillowResample(x, rows, columns),
    "dgm-eval-clean": () => clamp(resample(x, rows, columns), 0, 1),
    edm2: () => resample(x, rows, columns),
    "torch-fidelity": () => resizeBilinear(x, { size, sampling: "tf1" }),
  };
  return normalise(resized[protocol](), imageNet);
}

/**
 * DINOv2's class token of images by an evaluator's protocol, as an encoder for Fréchet distances: of ViT-L/14 without
 * registers in dgm-eval and EDM2, means in float64.
 * @throws {GMemError} from `encode`: code `DATA` for values outside [0, 1], `WEIGHTS` for a missing parameter.
 * @example
 * // no-run
 * const encoder = dinov2ForMetrics({ engine, config: dinov2L, weights, protocol: "dgm-eval" });
 * const distance = await measure(sides, { metrics: ["fid"], protocol: "dgm-eval", features: encoder });
 */
export function dinov2ForMetrics(options: {
  readonly engine: Engine;
  readonly config: Dinov2Config;
  /** Under the original names. */
  readonly weights: Named<NDArray>;
  readonly protocol: Dinov2Protocol;
  /** Images of one call of the engine; default 16. */
  readonly batchSize?: number;
}): Encoder & { dispose(): Promise<void> } {
  const { engine, config, weights, protocol, batchSize = 16 } = options;
  const runner = rowRunner({ engine, batchSize, parameters: weights });
  const network = (p: Named<Tensor>, x: Tensor) => ({
    features: dinov2Features(p, dinov2MetricInput(x, protocol), config).classToken,
  });
  return {
    name: config.name,
    dim: config.hiddenSize,
    id: `${config.name}-${protocol}-${contentHash(weights)}`,
    async encode(images) {
      checkUnitImages("dinov2ForMetrics.encode", images);
      return (await runner.run(images, { name: "features", network })).features;
    },
    dispose: () => runner.dispose(),
  };
}
