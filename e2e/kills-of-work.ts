import { root, run } from "./repository.ts";
import type { Steps } from "./steps.ts";

/** Five hundred shards on many machines, of which something is killed 200 times: by hand. */
export async function everyKill({ step }: Steps): Promise<void> {
  await step("500 shards come out the same after 200 kills, a store that is away and a full disk", () => {
    const output = run("vitest", ["run", "apps/work/src/killed.test.ts"], root, { CI: "true", GMEM_KILLS: "200" });
    const told = /\d+ shards begun .*$/m.exec(output);
    if (!told) throw new Error(`it must be tried, got\n${output}`); // left out where Redis is missing
    return told[0];
  });
}
