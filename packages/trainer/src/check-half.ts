import { type Engine, f32, GMemError, isGMemError, trace, zeros } from "@gmem/tensor";
import { halfProducts } from "./half-products.ts";

/** Computes one product in float16, before a run has begun. @throws {GMemError} code `BACKEND_UNAVAILABLE` if the device cannot. */
export async function checkHalf(engine: Engine): Promise<void> {
  const graph = halfProducts(
    trace({ feeds: { x: f32(8, 8) } }, ({ feeds: { x } }) => ({ fetches: { y: x.matmul(x) } })),
  );
  try {
    const product = await engine.compile(graph);
    await product.run({ x: zeros([8, 8]) });
    await product.dispose();
  } catch (error) {
    if (!isGMemError(error)) throw error;
    const message = `train: precision=f16 needs a device with float16, got: ${error.message}; set precision=f32`;
    throw new GMemError("BACKEND_UNAVAILABLE", message, { cause: error });
  }
}
