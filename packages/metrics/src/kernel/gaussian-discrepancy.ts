import { type Engine, GMemError, type NDArray } from "@gmem/tensor";
import { checkPair } from "../feature-pair.ts";
import { type RowProducts, rowProducts } from "../products/row-products.ts";
import { squaredNorms } from "../products/squared-norms.ts";

/** Rows of a block: products of two are 16 MB. */
const blockRows = 2048;

/**
 * CMMD (Jayasumana et al. 2024) of image embeddings [N,d] and [M,d], CLIP L/14 at 336 pixels in the paper, which are brought
 * to unit length first: 1,000 times the squared maximum mean discrepancy with the kernel exp(−‖x − y‖²/2σ²), σ = 10, in its
 * biased form, mean k(x,x′) + mean k(y,y′) − 2 mean k(x,y), of all pairs.
 * @throws {ShapeError} if the widths differ. @throws {GMemError} code `DATA` for a row of zeros, `NON_FINITE`.
 * @example
 * const [a, b] = [key(0).normal([60, 4]), key(1).normal([50, 4])];
 * const distance = await gaussianDiscrepancy(a, b);
 */
export async function gaussianDiscrepancy(
  a: NDArray<"f32">,
  b: NDArray<"f32">,
  options: { readonly engine?: Engine | undefined; readonly sigma?: number; readonly scale?: number } = {},
): Promise<number> {
  checkPair("gaussianDiscrepancy", [a, b]);
  const { engine, sigma = 10, scale = 1000 } = options;
  const width = a.shape[1] as number;
  const [x, y] = [unitRows(a.data, width), unitRows(b.data, width)];
  const multiply = rowProducts({ width, engine, dtype: engine?.dtypes.has("f64") ? "f64" : "f32" });
  const of = (u: Float32Array, v: Float32Array): Promise<number> => meanKernel(u, v, { width, multiply, sigma });
  try {
    return scale * ((await of(x, x)) + (await of(y, y)) - 2 * (await of(x, y)));
  } finally {
    await multiply.dispose();
  }
}

/** Mean of exp(−‖x − y‖²/2σ²) over all pairs. */
async function meanKernel(
  x: Float32Array,
  y: Float32Array,
  how: { readonly width: number; readonly multiply: RowProducts; readonly sigma: number },
): Promise<number> {
  const { width, multiply, sigma } = how;
  const norms = [x, y].map((rows) => squaredNorms(rows, width)) as [Float64Array, Float64Array];
  const step = blockRows * width;
  let sum = 0;
  for (let fromX = 0; fromX < x.length; fromX += step) {
    const rows = multiply.block(x.subarray(fromX, fromX + step));
    for (let fromY = 0; fromY < y.length; fromY += step) {
      const products = await multiply.run(rows, multiply.block(y.subarray(fromY, fromY + step)));
      const columns = Math.min(step, y.length - fromY) / width;
      for (let at = 0; at < products.length; at++) {
        const normX = norms[0][fromX / width + Math.floor(at / columns)] as number;
        const normY = norms[1][fromY / width + (at % columns)] as number;
        sum += Math.exp((2 * (products[at] as number) - normX - normY) / (2 * sigma * sigma));
      }
    }
  }
  return sum / (norms[0].length * norms[1].length);
}

/** x/‖x‖. @throws {GMemError} code `DATA` for a row of zeros, by its number. */
function unitRows(rows: Float32Array, width: number): Float32Array {
  const norms = squaredNorms(rows, width);
  const zero = norms.indexOf(0);
  if (zero >= 0)
    throw new GMemError("DATA", `gaussianDiscrepancy: row ${zero} is all zeros and has no direction; leave it out`);
  return rows.map((value, at) => value / Math.sqrt(norms[Math.floor(at / width)] as number));
}
