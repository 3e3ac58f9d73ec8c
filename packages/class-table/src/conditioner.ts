import { createHash } from "node:crypto";
import type { Batch, Conditioner } from "@gmem/spec";
import { type Aval, GMemError, gather, i32, type Named, type NDArray, type Rng, ShapeError } from "@gmem/tensor";
import { type ClassTableOptions, checkedOptions } from "./options.ts";
import { type ClassRequest, parseClassRequest } from "./request.ts";

/** The table's name in SiT and DiT checkpoints. */
export const tableName = "y_embedder.embedding_table.weight";

/**
 * Conditioning by class (Figure 4 c): a learned table [kK+1, D] ~ N(0, 0.02²), added as it is to the time embedding; the
 * rows of class y are ky … ky+k−1. The last row is the null class, to which training drops labels. A request names a label or one for each sample; without one, the
 * noise chooses, uniformly.
 * @throws {GMemError} code `CONFIG` if classes or width are missing or wrong; from `nullFeeds`, for guidance, if
 * `dropProbability` is 0 and there is no null row.
 * @example
 * const c = conditioner({ classes: 10, hiddenSize: 16 });
 * await c.resolve(key(0).normal([2, 1, 8, 8]), c.parse({ label: 3 })); // { label: i32 [2] }
 */
export function conditioner(options: ClassTableOptions): Conditioner<ClassRequest> {
  const { classes, hiddenSize, dropProbability, perClass } = checkedOptions(options);
  const [nullRow, rows] = [classes * perClass, classes * perClass + (dropProbability > 0 ? 1 : 0)];
  const rowsOf = (labels: Int32Array, which: ArrayLike<number>): Int32Array =>
    perClass === 1 ? labels : labels.map((label, i) => label * perClass + (which[i] as number));
  const feed = (labels: Int32Array): Named<NDArray> => ({
    label: { dtype: "i32", shape: [labels.length], data: labels },
  });
  return {
    name: "class-table",
    snippetDim: hiddenSize,
    output: "embedding",
    feeds: (n): Named<Aval> => ({ label: i32(n) }),
    init(rng) {
      const table = rng.split(tableName).normal([rows, hiddenSize]);
      return { [tableName]: { ...table, data: table.data.map((value) => 0.02 * value) } };
    },
    parse: (input) => parseClassRequest(input, classes),
    async resolve(noise, request) {
      const n = noise.shape[0] ?? 0;
      const checked = parseClassRequest(request, classes);
      const labels = checked === undefined ? labelsOf(noise, classes) : requestedLabels(checked, n);
      return feed(rowsOf(labels, labelsOf(noise, perClass, "row")));
    },
    async batch(batch, rng) {
      const labels = trainingLabels(batch, classes);
      const coins = rng.split("row").uniform([labels.length]).data;
      const chosen = rowsOf(
        labels,
        labels.map((_, i) => Math.min(perClass - 1, Math.floor((coins[i] as number) * perClass))),
      );
      return feed(dropped(chosen, { rng, probability: dropProbability, label: nullRow }));
    },
    nullFeeds(n) {
      if (dropProbability > 0) return feed(new Int32Array(n).fill(nullRow));
      throw new GMemError(
        "CONFIG",
        "class-table: guidance compares with the null row and this table has no null row; take cfg 1, or train with dropProbability above 0",
      );
    },
    snippet(p, { label }) {
      const table = p[tableName];
      if (!table || !label)
        throw new GMemError("GRAPH", `class-table: needs "${tableName}" and the feed "label", got none`);
      return gather(table, label); // [N,D]
    },
  };
}

/** Labels of a request, one for each of n samples. @throws {ShapeError} for another number of labels. */
export function requestedLabels(request: Exclude<ClassRequest, undefined>, n: number): Int32Array {
  if ("label" in request) return new Int32Array(n).fill(request.label);
  if (request.labels.length !== n)
    throw new ShapeError("class-table", `a request needs 1 or ${n} labels`, [[request.labels.length]]);
  return Int32Array.from(request.labels);
}

/** A uniform integer 0 … count−1 for each sample of the noise, from a hash of it: the same noise, the same number. */
export function labelsOf(noise: NDArray<"f32">, count: number, purpose = "class"): Int32Array {
  const n = noise.shape[0] ?? 0;
  const length = noise.data.length / Math.max(n, 1);
  return Int32Array.from({ length: n }, (_, i) => {
    const sample = noise.data.subarray(i * length, (i + 1) * length);
    const bytes = new Uint8Array(sample.buffer, sample.byteOffset, sample.byteLength);
    const digest = createHash("sha256").update(bytes).update(purpose).digest();
    return Math.floor(((digest.readUInt32BE(0) * 2 ** 21 + (digest.readUInt32BE(4) >>> 11)) / 2 ** 53) * count);
  });
}

/** @throws {GMemError} code `DATA` if the batch has no labels, or one outside 0 … K−1. */
export function trainingLabels({ labels }: Batch, classes: number): Int32Array {
  if (!labels)
    throw new GMemError("DATA", "class-table: training needs labels, got a batch without; use a labelled dataset");
  const outside = labels.find((label) => !(label >= 0 && label < classes));
  if (outside !== undefined)
    throw new GMemError("DATA", `class-table: labels must be in 0…${classes - 1}, got ${outside}`);
  return labels;
}

function dropped(
  labels: Int32Array,
  { rng, probability, label }: { readonly rng: Rng; readonly probability: number; readonly label: number },
): Int32Array {
  if (probability === 0) return labels;
  const coins = rng.split("label-drop").uniform([labels.length]).data;
  return labels.map((value, i) => ((coins[i] as number) < probability ? label : value));
}
