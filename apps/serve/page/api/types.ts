/** A run as `GET /v1/runs` answers it. */
export interface ServedRun {
  readonly name: string;
  readonly conditioner: string;
  readonly image: { readonly width: number; readonly height: number };
  readonly classes: readonly string[];
  readonly text: boolean;
  readonly bank?: { readonly size: number; readonly version: string };
  readonly sampler: { readonly steps: number; readonly cfg: number; readonly solver: unknown };
  readonly loaded: boolean;
}

/** What `POST /v1/samples` takes. */
export interface SampleBody {
  readonly run?: string | undefined;
  readonly rows?: readonly number[] | undefined;
  readonly label?: string | number | undefined;
  readonly text?: string | undefined;
  readonly expression?: string | undefined;
  readonly interpolate?:
    | { readonly from: number | string; readonly to: number | string; readonly at?: number | undefined }
    | undefined;
  readonly noise?: true | undefined;
  readonly image?: string | undefined;
  readonly strength?: number | undefined;
  readonly mask?: string | undefined;
  readonly count?: number | undefined;
  readonly seed?: number | undefined;
  readonly first?: number | undefined;
  readonly steps?: number | undefined;
  readonly solver?: string | undefined;
  readonly guidance?: number | undefined;
  readonly keep?: boolean | undefined;
  readonly partial?: boolean | undefined;
}

/** One picture of a job that is done. */
export interface PictureFacts {
  readonly index: number;
  readonly row: number | null;
  readonly seed: number;
  readonly number: number;
  readonly bankVersion: string | null;
  readonly settings: SampleBody;
}

export type JobStatus = "queued" | "running" | "done" | "failed" | "cancelled";

export interface JobAnswer {
  readonly id: string;
  readonly run: string;
  readonly status: JobStatus;
  readonly position: number | null;
  readonly etaSeconds: number | null;
  readonly images: readonly string[];
  readonly pictures?: readonly PictureFacts[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** A step of a picture, with what it looks like where that was asked for. */
export interface StepEvent {
  readonly picture: number;
  readonly step: number;
  readonly steps: number;
  readonly preview?: string;
}

export interface BankRow {
  readonly index: number;
  readonly label: string | number | null;
  readonly source: string | null;
  readonly thumbnail: string | null;
  /** Of what was searched for. */
  readonly distance?: number;
}

export interface BankPage {
  readonly version: string;
  readonly size: number;
  readonly found: number;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly rows: readonly BankRow[];
}
