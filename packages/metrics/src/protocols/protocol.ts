import type { SsimProtocol } from "../images/structural-similarity.ts";
import type { InceptionResize } from "../inception/inception.ts";
import type { Remainder } from "../inception/inception-score.ts";
import type { Generator } from "../random/draws.ts";

/** Whose way of computing: numbers of one protocol do not compare with those of another. */
export type ProtocolName = "adm" | "pytorch-fid" | "clean-fid" | "torch-fidelity" | "dgm-eval" | "torchmetrics";

/** The Inception score's splits. */
export interface ScoreProtocol {
  readonly splits: { readonly size: number } | { readonly count: number; readonly remainder: Remainder };
  /** Rows as they come, or in a random order. */
  readonly order: "given" | Generator;
  /** Taken from the number of splits in the deviation. */
  readonly degrees: 0 | 1;
}

/** KID's subsets. */
export interface KernelProtocol {
  readonly subsets: number;
  readonly size: number;
  readonly generator: Generator;
  /** The side that rows are drawn of first. */
  readonly drawnFirst: "real" | "fake";
  /** Whether fewer rows than `size` are taken whole, or refused. */
  readonly fewer: "taken" | "refused";
  readonly products: "float32" | "float64";
}

/** Precision, recall, density and coverage. */
export interface NeighbourProtocol {
  readonly neighbours: number;
  readonly inside: "<" | "<=";
  /** Distances rounded to float16. */
  readonly float16: boolean;
  /** Rows that are drawn of each side; all where it is absent. */
  readonly rows?: number;
  /** Whose features the original takes, where they are not those of its FID. */
  readonly features?: string;
}

/** Every difference between evaluators that changes a number, as options; a metric that it lacks it does not define. */
export interface Protocol {
  readonly name: ProtocolName;
  /** Version that it was compared with, or commit. */
  readonly of: string;
  readonly resize: InceptionResize;
  /** What the means of features are added up in. */
  readonly mean: "float32" | "float64";
  /** Whether it has sFID. */
  readonly spatial: boolean;
  /** Of all random orders; absent where the original draws from the state its process happens to be in. */
  readonly seed?: number;
  readonly score?: ScoreProtocol;
  readonly kernel?: KernelProtocol;
  readonly neighbours?: NeighbourProtocol;
  readonly similarity?: SsimProtocol;
  /** What to know when its numbers are compared with published ones. */
  readonly remark?: string;
}
