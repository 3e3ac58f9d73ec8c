import { describe, it } from "vitest";

/** A test that does not hold for an implementation, and why; the reason stands in the report. */
export interface Skip {
  /** The title of a test, or of a group: "conv2d" covers "conv2d > patches". */
  readonly test: string;
  readonly reason: string;
}

export interface SuiteOptions {
  readonly skip?: readonly Skip[];
}

/** Registers one test of a suite. */
export type Claim = (title: string, test: () => void | Promise<void>) => void;

/** A named group of tests that people outside run on their own implementation. A skip that names no test is a failure. */
export function suite(name: string, { skip = [] }: SuiteOptions, define: (claim: Claim) => void): void {
  const unused = new Set(skip);
  describe(name, () => {
    define((title, test) => {
      const skipped = skipOf(title, skip);
      if (skipped) unused.delete(skipped);
      if (skipped) it.skip(`${title} (skipped: ${skipped.reason})`, test);
      else it(title, test);
    });
    for (const { test } of unused)
      it(`has a test to skip: ${test}`, ({ expect }) => {
        expect.fail(`skip: must name a test of this suite, got "${test}"`);
      });
  });
}

/** The skip that covers a title, if there is one. */
export const skipOf = (title: string, skips: readonly Skip[]): Skip | undefined =>
  skips.find(({ test }) => title === test || title.startsWith(`${test} > `));
