import { readFile } from "node:fs/promises";

/** How the model of a package comes about: `training.json`. */
export interface Plan {
  readonly train: readonly TrainingStep[];
  readonly pack: {
    readonly run: string;
    readonly bank: string;
    readonly encoder: boolean;
    readonly settings: readonly string[];
  };
  readonly grid: GridPlan;
}

export interface TrainingStep {
  /** Arguments of gmem-train. */
  readonly command: readonly [command: string, source: string, ...settings: string[]];
  /** The file that is there when it is done. */
  readonly result: string;
}

export interface GridPlan {
  /** A row each. */
  readonly texts: readonly string[];
  /** Pictures of a row. */
  readonly count: number;
  readonly seed: number;
}

export const readPlan = async (path: string): Promise<Plan> => JSON.parse(await readFile(path, "utf8")) as Plan;
