import { array, constant, type Tensor } from "@gmem/tensor";

/**
 * How a target pixel i finds its source: `half-pixel` (i + ½)·in/out − ½ as PyTorch, `tf1` i·in/out as the first
 * TensorFlow. Neither filters when it makes an image smaller.
 */
type BilinearSampling = "half-pixel" | "tf1";

/** Bilinear resize of x [N,C,H,W] to [N,C,size,size], as two products with sparse matrices. */
export function resizeBilinear(x: Tensor, options: { size: number; sampling: BilinearSampling }): Tensor {
  const [, , height, width] = x.shape as [number, number, number, number];
  const { size, sampling } = options;
  const wide = x.matmul(weights(width, size, sampling)); // [N,C,H,S]
  const tall = wide.transpose([0, 1, 3, 2]).matmul(weights(height, size, sampling)); // [N,C,S,S], transposed
  return tall.transpose([0, 1, 3, 2]); // [N,C,S,S]
}

/** [in,out]: column i holds the two shares of output i. */
function weights(length: number, size: number, sampling: BilinearSampling): Tensor {
  const out = new Float32Array(length * size);
  for (let i = 0; i < size; i++) {
    const source = sampling === "tf1" ? (i * length) / size : Math.max(0, ((i + 0.5) * length) / size - 0.5);
    const low = Math.min(Math.floor(source), length - 1);
    const high = Math.min(low + 1, length - 1);
    const share = source - low;
    out[low * size + i] = (out[low * size + i] as number) + 1 - share;
    out[high * size + i] = (out[high * size + i] as number) + share;
  }
  return constant(array(out, [length, size]));
}
