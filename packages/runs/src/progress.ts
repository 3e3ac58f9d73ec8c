import type { S3Access } from "@gmem/jobs";

/** What a long piece of work says about itself. */
export interface Progress {
  /** "images", "encoder", "bank", "latents", "download", "judge", "rounds". */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** What is being done now. */
  readonly note?: string;
  /** What came of it; given once, at the end of the stage. */
  readonly result?: string;
}

export type OnProgress = (progress: Progress) => void;

/** What opening parts and folders takes besides the engine. */
export interface WorkOptions {
  /** Where weights named `hf:owner/name/file` are kept and fetched from; default the public hub. */
  readonly hub?: HubSettings | undefined;
  /** Who asks where a store is a bucket. */
  readonly s3?: S3Access | undefined;
  /** Stops between two pieces of work with code `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export interface HubSettings {
  /** Shared with Python's library; default `~/.cache/huggingface/hub`. */
  readonly cacheDir?: string;
  readonly hubUrl?: string;
  readonly token?: string;
}
