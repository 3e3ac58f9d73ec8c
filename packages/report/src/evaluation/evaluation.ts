/** A number of an evaluation, with everything that it takes to compare it with another. */
export interface EvaluationNumber {
  readonly metric: string;
  readonly value: number;
  /** An end is null where nothing bounds it. */
  readonly interval: {
    readonly low: number | null;
    readonly high: number | null;
    readonly level: number;
    readonly method: string;
  };
  /** Pictures of each side; 0 where there is none, or where saved statistics do not say it. */
  readonly counts: { readonly real: number; readonly fake: number };
  /** Of whatever was drawn. */
  readonly seed?: number;
  readonly protocol: string;
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly warnings: readonly string[];
  /** Values at smaller numbers of images, where the value is what they tend to: FID∞ of FID against N. */
  readonly points?: readonly { readonly n: number; readonly value: number }[];
  /** What the pictures are held against, where an evaluation has several references. */
  readonly against?: string;
  /** The digits of every format. */
  readonly printed: PrintedNumber;
  /** What the paper has for it. */
  readonly published?: readonly PublishedNumber[];
}

/** A number as it is printed everywhere. */
export interface PrintedNumber {
  readonly value: string;
  readonly low: string;
  readonly high: string;
}

/** A number of the paper, as it stands there. */
export interface PublishedNumber {
  /** "GMem, 450 epochs". */
  readonly of: string;
  /** "Table 1". */
  readonly place: string;
  readonly value: string;
}

/** What is known of the pictures of a side. */
export interface EvaluatedSide {
  readonly path: string;
  /** Digest of the pictures, or of saved statistics: references of another one do not compare. */
  readonly content?: string;
  /** 0 where saved statistics do not say it. */
  readonly pictures: number;
  readonly sizes: Readonly<Record<string, number>>;
  readonly formats: Readonly<Record<string, number>>;
  /** Pictures that were left out, in words. */
  readonly leftOut: readonly string[];
}

/** What `evaluation.json` holds: all formats are made of it. */
export interface Evaluation {
  readonly format: "gmem-evaluation-1";
  readonly title: string;
  readonly real: EvaluatedSide;
  readonly fake: EvaluatedSide;
  readonly numbers: readonly EvaluationNumber[];
  /** Metrics that were not computed, and what they take. */
  readonly leftOut: readonly { readonly metric: string; readonly reason: string }[];
  /** What the Fréchet distance consists of, by class or cluster of the real pictures. */
  readonly shares?: readonly DistanceShares[];
  /** What is known of the model besides its numbers, such as its memory bank. */
  readonly facts?: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
}

/** The parts of a distance: they add up to it. */
export interface DistanceShares {
  readonly metric: string;
  /** "class" or "cluster". */
  readonly by: string;
  readonly parts: readonly {
    readonly name: string;
    /** Of the distance, the sum of all being 1. */
    readonly share: number;
    /** Real pictures of it. */
    readonly real: number;
  }[];
}
