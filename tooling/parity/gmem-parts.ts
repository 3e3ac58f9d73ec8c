import { rmsNorm, rotaryTable, rotate, sinCosTable, swiglu, timestepFrequencies } from "@gmem/nn";
import { array, type Named, type NDArray, prefixed } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute, only } from "./compute.ts";

/** Square grids: the number of tokens is all that the tables' shapes tell. */
const squareOf = (tokens: number): { rows: number; columns: number } => {
  const side = Math.round(Math.sqrt(tokens));
  return { rows: side, columns: tokens / side };
};

/** q and the tables it is rotated by; the grid's side stands in the metadata. */
function rope(file: ParityFile): Named<NDArray> {
  const q = file.get("rope/in/q"); // [N,heads,T,hd]
  const [, , tokens = 0, headDim = 0] = q.shape;
  const side = file.metadata.rope_grid === undefined ? undefined : file.number("rope_grid");
  const table = rotaryTable(side ? { rows: side, columns: tokens / side } : squareOf(tokens), headDim);
  const out = compute({ feeds: { q, cos: table.cos, sin: table.sin } }, ({ q, cos, sin }) => ({
    out: rotate(q, cos, sin),
  }));
  return { "rope/out": only(out), "rope/freqs_cos": table.cos, "rope/freqs_sin": table.sin };
}

/** Rotary and sine tables, RMS norm, SwiGLU and the timestep sinusoids of the GMem code; each part is optional. */
export const gmemParts: ParityCase = {
  component: "gmem_parts",
  expected: (name) => /\/(out|freqs_)/.test(name),
  async run(file) {
    const has = (prefix: string): boolean => file.names.some((name) => name.startsWith(prefix));
    const results: Record<string, NDArray> = {};
    if (has("rope/")) Object.assign(results, rope(file));
    if (has("rmsnorm/")) {
      const params = file.part("rmsnorm/w/");
      const epsilon = file.number("rmsnorm_eps", 1e-6);
      results["rmsnorm/out"] = only(
        compute({ feeds: { x: file.get("rmsnorm/in/x") }, params: prefixed("norm.", params) }, ({ x }, p) => ({
          out: rmsNorm(p, "norm", x, epsilon),
        })),
      );
    }
    if (has("swiglu/")) {
      const params = prefixed("mlp.", file.part("swiglu/w/"));
      results["swiglu/out"] = only(
        compute({ feeds: { x: file.get("swiglu/in/x") }, params }, ({ x }, p) => ({ out: swiglu(p, "mlp", x) })),
      );
    }
    if (has("sincos2d/")) {
      const [tokens = 0, dim = 0] = file.shapes["sincos2d/out"] ?? [];
      const side = Math.floor(Math.sqrt(tokens)); // what a square leaves over are the code's `extra_tokens`, zeros
      const table = new Float32Array(tokens * dim);
      table.set(sinCosTable({ rows: side, columns: side }, dim).data, (tokens - side ** 2) * dim);
      results["sincos2d/out"] = array(table, [tokens, dim]);
    }
    for (const name of file.names.filter((name) => name.startsWith("timestep/out"))) {
      const size = file.shapes[name]?.[1] ?? 0;
      results[name] = only(
        compute({ feeds: { t: file.get("timestep/in/t") } }, ({ t }) => ({ out: timestepFrequencies(t, size) })),
      );
    }
    return results;
  },
  // at t = 999 the argument of the sinusoid is itself rounded in float32
  tolerance: (_, tensor) => ({ atol: tensor.startsWith("timestep/") ? 5e-5 : 1e-5 }),
};
