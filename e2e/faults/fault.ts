/** What happens to a process at the n-th moment of its work on files, counted from 1. */
export interface Fault {
  /** The folder whose files count. */
  readonly root: string;
  /** The process ends, or every write from then on finds the disk full. */
  readonly kind: "kill" | "full";
  /** 0: never. */
  readonly at: number;
  /** A file that gets one line a moment. */
  readonly log?: string;
}
