import type { RunInput } from "./schema.ts";

/** The keys of a run; `data` is left open where it is the user's. */
export type PresetConfig = Omit<RunInput, "data"> & Partial<Pick<RunInput, "data">>;

/** A named configuration. */
export interface Preset {
  readonly name: string;
  /** True for settings of this library, false for published ones. */
  readonly ours: boolean;
  /** What it trains, and where the numbers come from. */
  readonly about: string;
  /** Plain JSON, keys as on the command line of `gmem-train run`; what is left out has that command's default. */
  readonly config: PresetConfig;
}
