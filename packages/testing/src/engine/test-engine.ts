import type { Engine } from "@gmem/tensor";
import { afterAll, beforeAll } from "vitest";
import { type SuiteOptions, suite } from "../suite.ts";
import { longSumClaims } from "./long-sum-claims.ts";
import { loopClaims } from "./loop-claims.ts";
import { opClaims } from "./op-claims.ts";
import { refusalClaims } from "./refusal-claims.ts";
import { runClaims } from "./run-claims.ts";
import { stateClaims } from "./state-claims.ts";

/**
 * What every engine does: all operations as the reference does, state in place, loops, aborts, errors by code. Call it at
 * the top of a test file.
 * @example
 * // no-run
 * testEngine("reference", () => referenceEngine());
 */
export function testEngine(name: string, factory: () => Engine | Promise<Engine>, options: SuiteOptions = {}): void {
  suite(`engine ${name}`, options, (claim) => {
    let shared: Engine | undefined;
    beforeAll(async () => {
      shared = await factory();
    });
    afterAll(() => shared?.dispose());
    const engine = (): Engine => shared as Engine;
    opClaims(claim, engine);
    longSumClaims(claim, engine);
    refusalClaims(claim, engine);
    stateClaims(claim, engine);
    loopClaims(claim, engine);
    runClaims(claim, engine, async () => factory());
  });
}
