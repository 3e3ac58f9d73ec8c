import type { Named, NDArray } from "@gmem/tensor";

/** One reference file as a case sees it. Reading a tensor through `get`, `find` or `part` marks it as used. */
export interface ParityFile {
  /** File name without `.safetensors`: `sit_model.a`. */
  readonly name: string;
  /** Its longest known prefix: `sit_model`. */
  readonly component: string;
  /** Where the file lies, for those that come with another file; empty for tensors in memory. */
  readonly folder: string;
  /** `__metadata__` as strings. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Parsed JSON of `__metadata__.config`; `{}` where the file has none. @throws {GMemError} `DATA` if it is not an object. */
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * A number of the metadata or, where that lacks it, of the config; `otherwise` where both do.
   * @throws {GMemError} `DATA` if it is not a number, or absent without `otherwise`.
   */
  number(name: string, otherwise?: number): number;
  /** A switch of the config or of the metadata, where it may be text. @throws {GMemError} `DATA` if it is none, or absent without `otherwise`. */
  flag(name: string, otherwise?: boolean): boolean;
  /** Names of all tensors, outputs too. Looking at names marks nothing. */
  readonly names: readonly string[];
  /** Shapes of all tensors, outputs too. Looking at shapes marks nothing. */
  readonly shapes: Named<readonly number[]>;
  /** One tensor. @throws {GMemError} `DATA` if the file does not hold it. */
  get(name: string): NDArray;
  /** One tensor, or undefined if the file does not hold it. */
  find(name: string): NDArray | undefined;
  /** All tensors whose name starts with `prefix`, under the rest of their name: `part("w/")` gives the parameters. */
  part(prefix: string): Named<NDArray>;
}

/** How far a computed tensor may be from the expected one: |a − b| ≤ atol + rtol·|b| + ofMax·max|b| for each element. */
export interface Tolerance {
  readonly atol?: number;
  readonly rtol?: number;
  /** Fraction of the largest magnitude of the expected tensor. */
  readonly ofMax?: number;
  /** A wider bound for single elements (index in the flat array) that the file's README calls ill-conditioned. */
  readonly extra?: (index: number) => number;
}

/** Recomputes the outputs of the files of one component with the public packages. */
export interface ParityCase {
  /** What the names of its files begin with; where several cases fit, the longest counts. */
  readonly component: string;
  /** Which tensors are results; without it those with a path segment that starts with `out`. All others must be read. */
  readonly expected?: (name: string) => boolean;
  /** Computes every expected tensor, keyed by its full name in the file; what the file lacks is ignored. */
  run(file: ParityFile): Promise<Named<NDArray>>;
  tolerance(file: ParityFile, tensor: string): Tolerance;
}

/** The rule that tells results from inputs unless a case has its own. */
export const isOutput = (name: string): boolean => name.split("/").some((segment) => segment.startsWith("out"));
