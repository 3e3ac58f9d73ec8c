import type { Tree } from "@gmem/runs";
import type { CellKind, FigureKind } from "./cell-kind.ts";

/** A claim of the paper as data: what is compared, by which numbers, how often, and what decides. Fixed before it runs. */
export interface Study {
  /** What `runStudy` and a command line know it by. */
  readonly name: string;
  readonly about: string;
  /** Place in the paper, such as "§ 3.2, Figure 3". */
  readonly where: string;
  /** What computes a cell, one configuration with one seed. */
  readonly cell: CellKind;
  readonly configurations: Readonly<Record<string, Configuration>>;
  readonly sizes: Readonly<Record<StudySizeName, StudySize>>;
  readonly metrics: Readonly<Record<string, StudyMetric>>;
  readonly claims: readonly Claim[];
  readonly paper: readonly PaperNumbers[];
  /** Pictures besides the plot of every metric. */
  readonly figures?: readonly FigureKind[];
  /** What a reader of the numbers should know. */
  readonly notes: readonly string[];
}

/** `quick` ends within 15 minutes on two cores, `full` within two hours. */
export type StudySizeName = "quick" | "full";

/** One of the things that are compared. */
export interface Configuration {
  readonly about: string;
  /** Over those of the size. */
  readonly settings: Tree;
}

export interface StudySize {
  /** Of every cell. */
  readonly settings: Tree;
  /** At least three. */
  readonly seeds: readonly number[];
  /** Default all. */
  readonly configurations?: readonly string[];
}

export interface StudyMetric {
  readonly about: string;
  /** Which end is the good one, where there is one. */
  readonly better?: "less" | "more";
}

/** A number of a study: configuration and metric. */
export type At = readonly [configuration: string, metric: string];

/** `less` < `factor` · `more` + `plus`, seed by seed. */
export interface Inequality {
  readonly less: At | number;
  readonly more: At | number;
  /** Default 1. */
  readonly factor?: number;
  /** Default 0. */
  readonly plus?: number;
}

/** A sentence of the paper, and the inequalities that must all hold for it to hold. */
export interface Claim {
  readonly text: string;
  readonly where: string;
  readonly rule: readonly Inequality[];
}

/** What the paper reports for some of the configurations, at its own scale. */
export interface PaperNumbers {
  readonly what: string;
  readonly values: Readonly<Record<string, number>>;
}
