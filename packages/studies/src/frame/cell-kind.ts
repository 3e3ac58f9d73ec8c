import type { HubSettings, OnProgress, RunConfig, Tree } from "@gmem/runs";
import type { Engine } from "@gmem/tensor";

/** What a cell is computed with. */
export interface CellContext {
  readonly seed: number;
  /** Opened at the first call, and closed by the runner. */
  engine(): Promise<Engine>;
  /** What opened it, for runs that are trained. */
  readonly engineSettings: RunConfig["engine"];
  /** Folder that run folders are kept in; studies share it. */
  readonly runs: string;
  /** Folder of pictures; absent for scenes. */
  readonly data?: string;
  readonly hub?: HubSettings;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** How cells of some kind are computed. Equal settings, seed and data give equal numbers. */
export interface CellKind {
  /** Part of a cell's key. */
  readonly name: string;
  /** Numbers by metric; a metric that makes no sense for these settings is left out. */
  compute(settings: Tree, context: CellContext): Promise<Readonly<Record<string, number>>>;
}

/** A picture of a study. */
export interface FigureKind {
  /** Of its file. */
  readonly name: string;
  readonly about: string;
  /** SVG. @param settings those of the study's size. */
  draw(settings: Tree, context: CellContext): Promise<string>;
}
