import { exportOnnx, exportOnnxLoops, type LoopsOptions, type StoredParameter } from "@gmem/engine-onnx";
import { type Aval, checkFinite, GMemError, type Graph, isGMemError, type Named, type NDArray } from "@gmem/tensor";

/** Loops of steps in place of one graph. */
export type Loops = Pick<LoopsOptions, "before" | "segments" | "rows">;

/** A file that a run can be exported to. */
export interface ExportPart {
  /** Its name, without a folder. */
  readonly file: string;
  readonly meaning: string;
  /** What inputs and outputs hold, by name. */
  readonly values: Named<string>;
  readonly parameters: Named<NDArray>;
  /** Traced at a batch of n. */
  trace(n: number): Graph | Loops;
}

/** An input or output as export.json has it. */
export interface ExportedValue {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
  readonly meaning: string;
}

export interface ExportedFile {
  readonly file: string;
  /** The file and the one beside it that holds large parameters. */
  readonly files: readonly string[];
  readonly meaning: string;
  readonly batch: number | "any";
  readonly inputs: readonly ExportedValue[];
  readonly outputs: readonly ExportedValue[];
}

/** The batch is found in a graph as the length that all others are no multiples of: primes to try. */
const primes = [13, 17, 19, 23, 29, 31, 37];

const isLoops = (traced: Graph | Loops): traced is Loops => "segments" in traced;

export interface ExportPartOptions {
  readonly path: string;
  /** Fixes the batch size; default: any. */
  readonly batch?: number | undefined;
  /** Parameters that the file reads where they lie, by name. */
  readonly stored?: Named<StoredParameter>;
}

/**
 * Writes a part for batches of any size, or of the given one.
 * @throws {GMemError} code `GRAPH` if the network fixes its batch size: give one; `NON_FINITE` for such parameters.
 */
export async function exportPart(
  part: ExportPart,
  { path, batch, stored = {} }: ExportPartOptions,
): Promise<ExportedFile> {
  checkFinite(part.parameters, { where: part.file, remedy: "load other weights" });
  const write = async (n: number): Promise<ExportedFile> => {
    const traced = part.trace(n);
    const { inputs, outputs } = interfaceOf(traced);
    const feeds = Object.keys(isLoops(traced) ? traced.before.feeds : traced.feeds);
    const options = {
      path,
      parameters: part.parameters,
      stored,
      ...(batch === undefined ? { dynamicBatch: { name: "batch", feeds } } : {}),
    };
    const files = isLoops(traced)
      ? await exportOnnxLoops({ ...options, ...traced })
      : await exportOnnx(traced, options);
    const described = (values: Named<Aval>): readonly ExportedValue[] =>
      Object.entries(values).map(([name, { dtype, shape }]) => ({
        name,
        dtype,
        shape: batch === undefined ? shape.map((length) => (length === n ? "batch" : length)) : shape,
        meaning: part.values[name] ?? "of the conditioner",
      }));
    return {
      file: part.file,
      files,
      meaning: part.meaning,
      batch: batch ?? "any",
      inputs: described(inputs),
      outputs: described(outputs),
    };
  };
  if (batch !== undefined) return write(batch);
  let refusal: Error | undefined;
  for (const prime of primes) {
    try {
      return await write(prime);
    } catch (error) {
      if (!isGMemError(error, "GRAPH")) throw error;
      refusal = error;
    }
  }
  throw new GMemError(
    "GRAPH",
    `${part.file}: needs a network that runs at any batch size, got ${refusal?.message}; fix it with --batch 1`,
    { cause: refusal },
  );
}

function interfaceOf(traced: Graph | Loops): { readonly inputs: Named<Aval>; readonly outputs: Named<Aval> } {
  if (!isLoops(traced)) return { inputs: traced.feeds, outputs: traced.fetches };
  const { before, segments, rows = {} } = traced;
  const steps = segments.reduce((sum, segment) => sum + segment.steps, 0);
  const stacked = Object.entries(rows).flatMap(([feed, input]) => {
    const aval = segments.find(({ step }) => step.feeds[feed])?.step.feeds[feed];
    return aval ? [[input, { dtype: aval.dtype, shape: [steps, ...aval.shape] }] as const] : [];
  });
  return {
    inputs: { ...before.feeds, ...Object.fromEntries(stacked) },
    outputs: segments.at(-1)?.step.fetches ?? before.fetches,
  };
}
