import { checkFinite, GMemError, type NDArray } from "@gmem/tensor";
import { readWeights } from "@gmem/weights";

/** What another program drew, to be drawn again. */
export interface StoredNoise {
  /** z [N,C,H,W]. */
  readonly noise: NDArray<"f32">;
  /** [steps,N,C,H,W]. */
  readonly stepNoise?: NDArray<"f32">;
  /** [N,d], in place of rows of the bank. */
  readonly snippets?: NDArray<"f32">;
}

const names = ["noise", "stepNoise", "snippets"] as const;

/**
 * Reads `noise`, and `stepNoise` and `snippets` if they are there, from safetensors, npz or torch.
 * @throws {GMemError} code `CONFIG` for other tensors, `NON_FINITE` naming one with NaN or infinity.
 */
export async function readStoredNoise(path: string): Promise<StoredNoise> {
  const { tensors } = await readWeights(path);
  const found = Object.keys(tensors);
  const stranger = found.find((name) => !names.some((known) => known === name));
  if (stranger !== undefined || !tensors.noise)
    throw new GMemError(
      "CONFIG",
      `${path}: must hold noise [N,C,H,W], and may hold stepNoise and snippets, got ${found.join(", ") || "nothing"}`,
    );
  const single = ({ shape, data }: NDArray): NDArray<"f32"> => ({ dtype: "f32", shape, data: Float32Array.from(data) });
  const { noise, stepNoise, snippets } = tensors;
  const stored = {
    noise: single(noise),
    ...(stepNoise && { stepNoise: single(stepNoise) }),
    ...(snippets && { snippets: single(snippets) }),
  };
  checkFinite(stored, { where: path, remedy: "store it again" });
  return stored;
}
