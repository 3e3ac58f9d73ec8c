import type { Engine } from "@gmem/tensor";
import { afterAll, beforeAll } from "vitest";
import { type SuiteOptions, suite } from "../suite.ts";
import { longSumClaims } from "./long-sum-claims.ts";
import { loopClaims } from "./loop-claims.ts";
import { type LostNan, nanClaims } from "./nan-claims.ts";
import { opClaims } from "./op-claims.ts";
import { refusalClaims } from "./refusal-claims.ts";
import { runClaims } from "./run-claims.ts";
import { stateClaims } from "./state-claims.ts";

export interface EngineSuiteOptions extends SuiteOptions {
  /** Operations of the device that lose NaN, and what stands there instead: `{ max: 3 }` for the largest of 1, NaN, 3, 2. */
  readonly lostNan?: LostNan;
}

/**
 * What every engine does: all operations as the reference does, state in place, loops, aborts, errors by code. Call it at
 * the top of a test file.
 * @example
 * // no-run
 * testEngine("reference", () => referenceEngine());
 */
export function testEngine(
  name: string,
  factory: () => Engine | Promise<Engine>,
  options: EngineSuiteOptions = {},
): void {
  suite(`engine ${name}`, options, (claim) => {
    let shared: Engine | undefined;
    beforeAll(async () => {
      shared = await factory();
    });
    afterAll(() => shared?.dispose());
    const engine = (): Engine => shared as Engine;
    opClaims(claim, engine);
    longSumClaims(claim, engine);
    nanClaims(claim, engine, options.lostNan);
    refusalClaims(claim, engine);
    stateClaims(claim, engine);
    loopClaims(claim, engine);
    runClaims(claim, engine, async () => factory());
  });
}
