/** A command that is disturbed at each of its file operations. */
export interface Command {
  /** As people type it. */
  readonly name: string;
  /** Puts what the command needs into an empty folder, in which it then runs; `gmemTrain` runs a command there. */
  prepare(folder: string, gmemTrain: (args: readonly string[]) => Promise<void>): Promise<void>;
  /** Of `gmem-train`. */
  readonly args: readonly string[];
  /** What people type after a kill; default: the same again. */
  readonly again?: readonly string[];
  /** True if the command does its work once more where it was done already: then twice is right, too. */
  readonly repeats?: boolean;
}
