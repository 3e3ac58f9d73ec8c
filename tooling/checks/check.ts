/** One step of `pnpm check`: finds problems in the repository at `root`, one sentence each. */
export interface Check {
  readonly name: string;
  run(root: string): Promise<readonly string[]>;
  /** Rewrites what can be derived, so that `run` finds nothing. */
  fix?(root: string): Promise<void>;
}
