/** One row of a table of inputs, or one file of it, and what it should give. */
export interface Case {
  /** Beginning of the row's first cell, without backticks; every row needs one. */
  readonly row: string;
  /** What of the row, where it names several inputs. */
  readonly input?: string;
  /** Compares what it gives. @returns what was seen, in a line. @throws {Error} where that is not what it should give. */
  check(given: Given): Promise<string>;
}

/** What a case works with. */
export interface Given {
  /** A file of the row's folder, which stays as it is. */
  file(...path: readonly string[]): string;
  /** An empty folder of its own. */
  readonly scratch: string;
  /** The training program, in the scratch folder. */
  cli(...args: readonly string[]): Ended;
  /** A copy of a small finished run (3 × 16 × 16 pixels, 64 images) in the scratch folder: its name. */
  trained(conditioner?: "memory-bank" | "class-table"): Promise<string>;
}

/** How a program ended, and what it printed. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both. */
  readonly text: string;
}
