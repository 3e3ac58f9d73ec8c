import type { Encoder, FeatureExtractor } from "@gmem/spec";
import { ShapeError } from "@gmem/tensor";
import { checkUnitImages } from "../images/pixel-range.ts";
import type { FidInception } from "../inception/fid-inception.ts";

/**
 * FID's network or any encoder as a feature extractor: {@link fidInception}, {@link randomVgg}, {@link dinov2ForMetrics},
 * those of `@gmem/encoders`, an ONNX file by its `onnxEncoder`. `dispose` frees what it was made of, if that can be freed.
 * @throws {ShapeError} from `extract`, for anything but images [N,3,H,W]. @throws {GMemError} from `extract`: code `DATA` for
 * values outside [0, 1], `NON_FINITE`.
 * @example
 * // no-run
 * const extractor = featureExtractor(randomVgg({ engine: await onnxEngine() }));
 * const { features } = await extractor.extract(images); // [N,448]
 */
export function featureExtractor(
  source: FidInception | (Encoder & { dispose?(): Promise<void> }),
): FeatureExtractor & { dispose(): Promise<void> } {
  const dispose = async (): Promise<void> => source.dispose?.();
  if (!("encode" in source)) {
    const { name, id, widths } = source;
    return {
      name,
      id,
      widths,
      async extract(images) {
        const { pool, spatial, logits } = await source.features(images);
        return { features: pool, spatial, logits };
      },
      dispose,
    };
  }
  const { name, id, dim } = source;
  const where = `featureExtractor "${name}"`;
  return {
    name,
    id,
    widths: { features: dim },
    async extract(images) {
      if (images.shape.length !== 4 || !images.shape[0] || images.shape[1] !== 3)
        throw new ShapeError(where, "needs images [N,3,H,W] in [0, 1]", [images.shape]);
      checkUnitImages(where, images);
      return { features: await source.encode(images) };
    },
    dispose,
  };
}
