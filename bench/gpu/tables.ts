import type { Measured } from "./measure.ts";

interface StepRow {
  readonly name: string;
  /** By precision; a text says why there is none. */
  readonly own: Readonly<Record<string, Measured | string>>;
  readonly theirs: Readonly<Record<string, number | string>>;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const short = (ms: number): string => (ms < 100 ? ms.toFixed(1) : ms.toFixed(0));
const number = (value: number | string | undefined): string =>
  typeof value === "number" ? short(value) : (value ?? "");
const time = (value: Measured | string | undefined): string =>
  typeof value === "object" ? `${short(value.ms)} (${short(value.best)})` : (value ?? "");

/** Train steps in milliseconds, medians with the best in brackets, beside PyTorch's. */
export function stepTable(rows: readonly StepRow[]): string {
  const head = ["train step", "ours f32", "ours f16", "PyTorch f32", "tf32", "f16", "bf16", "PyTorch / ours f32"];
  return table(
    [...head, "nodes", "start, s"],
    rows.map(({ name, own, theirs }) => {
      const { f32 } = own;
      const measured = typeof f32 === "object" ? f32 : undefined;
      const ratio = measured && typeof theirs.f32 === "number" ? `${(theirs.f32 / measured.ms).toFixed(2)}×` : "";
      const peers = ["f32", "tf32", "f16", "bf16"].map((mode) => number(theirs[mode]));
      const counts = measured ? [String(measured.nodes), measured.startSeconds.toFixed(1)] : ["", ""];
      return [name, time(f32), time(own.f16), ...peers, ratio, ...counts];
    }),
  );
}

export const sampleTable = (row: { readonly ms: number; readonly forwards: number } | string): string =>
  table(
    ["sampling, all steps in one call", "ms a picture"],
    [typeof row === "string" ? ["Heun", row] : [`Heun, ${row.forwards} forwards`, short(row.ms)]],
  );

export const decodeTable = (row: { readonly ms: number; readonly pixels: number } | string): string =>
  table(
    ["decoding", "ms a picture"],
    [typeof row === "string" ? ["SD-VAE", row] : [`SD-VAE, ${row.pixels} × ${row.pixels}`, short(row.ms)]],
  );
