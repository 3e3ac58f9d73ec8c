import { root, run } from "./repository.ts";
import type { Steps } from "./steps.ts";

interface Long {
  /** How long it is, to the test. */
  readonly env: Readonly<Record<string, string>>;
  /** The line that says what was measured. */
  readonly told: RegExp;
}

/** Runs a test of many machines longer than every day. @returns what it measured. */
function long(name: string, { env, told }: Long): string {
  const output = run("vitest", ["run", `apps/work/src/${name}.test.ts`], root, { CI: "true", ...env });
  const [line] = told.exec(output) ?? [];
  if (line === undefined) throw new Error(`it must be tried, got\n${output}`); // left out where Redis is missing
  return line;
}

const begun = /\d+ shards begun .*$/m;

/** What many machines go through, in the length that takes a while: by hand. */
export async function everyKill({ step }: Steps): Promise<void> {
  await step("500 shards come out the same after 200 kills, a store that is away and a full disk", () =>
    long("killed", { env: { GMEM_KILLS: "200" }, told: begun }),
  );
  await step("a worker that is cut off for a minute goes on, and nothing is twice in the result", () =>
    long("partition", { env: { GMEM_CUT: "60" }, told: begun }),
  );
  await step("what a worker holds in memory over 2,000 jobs", () =>
    long("long-work", { env: { GMEM_JOBS: "2000" }, told: /MB after each tenth .*$/m }),
  );
}
