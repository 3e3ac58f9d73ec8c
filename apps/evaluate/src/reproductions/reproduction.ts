/** A file that a reproduction takes. */
export interface ReleasedFile {
  readonly what: string;
  /** Where it is published, `hf:owner/name/file`; without it somebody has to name the file. */
  readonly hub?: string;
  /** What is known of where it comes from. */
  readonly note?: string;
  /** As many as its numbers take, where the hub cannot be asked. */
  readonly bytes?: number;
}

export type FileRole = "checkpoint" | "bank" | "tokenizer" | "statistics" | "reference" | "inception";

/** A number of the paper, and everything that it takes to compute it again. */
export interface Reproduction {
  readonly name: string;
  readonly about: string;
  /** The number as the paper has it, FID of 50,000 samples. */
  readonly paper: { readonly of: string; readonly place: string; readonly value: string };
  /** What has a network of that size: what sampling costs is said by it. */
  readonly preset: string;
  /** Evaluations of the network for a sample. */
  readonly evaluations: number;
  /** `key=value` on top of what the checkpoint says. */
  readonly settings: readonly string[];
  /** What is done to the bank before it is drawn from. */
  readonly memory?: { readonly rank: number } | { readonly pick: "random" | "average"; readonly perClass: number };
  readonly files: Readonly<Partial<Record<FileRole, ReleasedFile>>> &
    Readonly<Record<"checkpoint" | "bank" | "reference" | "inception", ReleasedFile>>;
}
