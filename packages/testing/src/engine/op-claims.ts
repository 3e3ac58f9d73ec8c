import { type Engine, evaluate, type NDArray, type OpName } from "@gmem/tensor";
import { expect } from "vitest";
import "../allclose.ts";
import type { Claim } from "../suite.ts";
import { opCases } from "./op-cases.ts";
import { casesGraph, runOnce } from "./run-once.ts";

/** Every operation gives what the float64 reference gives, up to float32 rounding. */
export function opClaims(claim: Claim, engine: () => Engine): void {
  for (const op of Object.keys(opCases) as OpName[])
    for (const { name, inputs, build } of opCases[op])
      claim(`${op} > ${name}`, async () => {
        const graph = casesGraph(inputs, build);
        const feeds = Object.fromEntries(inputs.map((x, i) => [`x${i}`, x]));
        const { fetches: want } = evaluate(graph, feeds);
        const got = await runOnce(engine(), graph, feeds);
        expect(Object.keys(got).sort()).toEqual(Object.keys(want).sort());
        for (const [fetch, value] of Object.entries(want)) {
          expect(got[fetch]?.dtype).toBe(value.dtype);
          expect(got[fetch] as NDArray).toBeAllclose(value, { atol: 2e-5, rtol: 1e-4 });
        }
      });
}
