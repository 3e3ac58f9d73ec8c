/** Counts and prints what passed. */
export interface Steps {
  /** Runs one step; what it returns is printed below its name. @returns whether it passed. */
  step(name: string, work: () => Promise<string> | string): Promise<boolean>;
  /** Says why something was not tried: it counts as nothing. */
  skip(name: string, reason: string): void;
  counts(): { readonly passed: number; readonly failed: number };
}

const indented = (text: string): string => (text ? `\n     ${text.replaceAll("\n", "\n     ")}` : "");

export function steps(): Steps {
  let [passed, failed] = [0, 0];
  return {
    async step(name, work) {
      const start = performance.now();
      try {
        const printed = (await work()).trim();
        passed++;
        console.log(`ok   ${name} ${((performance.now() - start) / 1000).toFixed(1)} s${indented(printed)}`);
        return true;
      } catch (error) {
        failed++;
        console.log(`FAIL ${name}${indented((error as Error).message)}`);
        return false;
      }
    },
    skip: (name, reason) => console.log(`skip ${name}: ${reason}`),
    counts: () => ({ passed, failed }),
  };
}
