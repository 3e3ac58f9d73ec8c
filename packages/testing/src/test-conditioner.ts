import type { Conditioner, LatentBatch, LatentShape } from "@gmem/spec";
import { type Aval, avalsOf, evaluate, isGMemError, key, type Named, type NDArray, trace } from "@gmem/tensor";
import { expect } from "vitest";
import "./allclose.ts";
import { type SuiteOptions, suite } from "./suite.ts";

export interface ConditionerOptions extends SuiteOptions {
  /** Requests as they come from outside. */
  readonly requests: readonly unknown[];
  /** Input that `parse` must refuse. */
  readonly refused?: readonly unknown[];
  /** What a training step would hand to `batch`; its latents also give the shape of the noise. */
  readonly batch: LatentBatch;
}

function expectFeeds(feeds: Named<NDArray>, wanted: Named<Aval>): void {
  expect(avalsOf(feeds)).toEqual(wanted);
}

/** s [N,d] for feeds, by the reference. */
function snippets(conditioner: Conditioner, feeds: Named<NDArray>, n: number): NDArray {
  const p = conditioner.init(key(1));
  const state = avalsOf(p);
  const graph = trace({ feeds: conditioner.feeds(n), state }, ({ feeds: given, state: traced }) => ({
    fetches: { s: conditioner.snippet(traced, given) },
  }));
  return evaluate(graph, feeds, p).fetches.s as NDArray;
}

/** Tokens and mask for feeds, by the reference. */
function contextOf(conditioner: Conditioner, feeds: Named<NDArray>, n: number): Record<"tokens" | "mask", NDArray> {
  const p = conditioner.init(key(1));
  const graph = trace({ feeds: conditioner.feeds(n), state: avalsOf(p) }, ({ feeds: given, state }) => ({
    fetches: { ...conditioner.context?.(state, given) },
  }));
  return evaluate(graph, feeds, p).fetches as Record<"tokens" | "mask", NDArray>;
}

/**
 * What every conditioner does.
 * @example
 * // no-run
 * import type { Conditioner, LatentBatch } from "@gmem/spec";
 * declare const mine: () => Conditioner;
 * declare const batch: LatentBatch;
 * testConditioner("mine", mine, { requests: [{}], refused: [{ row: -1 }], batch });
 */
export function testConditioner<Request>(
  name: string,
  factory: () => Conditioner<Request> | Promise<Conditioner<Request>>,
  options: ConditionerOptions,
): void {
  const { requests, refused = [], batch } = options;
  const latent = batch.latents.shape.slice(1) as unknown as LatentShape;
  const n = batch.index.length;
  const noise = key(31).normal([n, ...latent]);
  suite(`conditioner ${name}`, options, (claim) => {
    claim("init gives the same parameters for the same key", async () => {
      const conditioner = await factory();
      expect((await factory()).init(key(1))).toEqual(conditioner.init(key(1)));
    });

    claim("resolve gives the feeds that it announces, the same for the same noise", async () => {
      const conditioner = await factory();
      for (const request of requests) {
        const feeds = await conditioner.resolve(noise, conditioner.parse(request));
        expectFeeds(feeds, conditioner.feeds(n));
        expect(await conditioner.resolve(noise, conditioner.parse(request))).toEqual(feeds);
      }
    });

    claim("batch gives the same feeds, decided by the batch and the key alone", async () => {
      const conditioner = await factory();
      const feeds = await conditioner.batch(batch, key(2));
      expectFeeds(feeds, conditioner.feeds(n));
      expect(await conditioner.batch(batch, key(2))).toEqual(feeds);
    });

    claim("snippets are [N,d], and of unit length where it says so", async () => {
      const conditioner = await factory();
      const all = [await conditioner.batch(batch, key(2))];
      for (const request of requests) all.push(await conditioner.resolve(noise, conditioner.parse(request)));
      for (const feeds of all) {
        const s = snippets(conditioner as Conditioner, feeds, n);
        expect(s.shape).toEqual([n, conditioner.snippetDim]);
        expect(s.data.every(Number.isFinite)).toBe(true);
        if (conditioner.output !== "snippet") continue;
        for (let i = 0; i < n; i++) {
          const row = Array.from(s.data.subarray(i * conditioner.snippetDim, (i + 1) * conditioner.snippetDim));
          expect(Math.hypot(...row)).toBeAllclose(1, { atol: 1e-4 });
        }
      }
    });

    claim(
      "context tokens, where it gives some, are [N,L,contextDim] with a mask of 0 and 1, and have null feeds",
      async () => {
        const conditioner = await factory();
        expect(conditioner.context !== undefined).toBe(conditioner.contextDim !== undefined);
        if (!conditioner.context) return;
        expect(conditioner.nullFeeds).toBeDefined();
        const all = [await conditioner.batch(batch, key(2)), conditioner.nullFeeds?.(n) ?? {}];
        for (const request of requests) all.push(await conditioner.resolve(noise, conditioner.parse(request)));
        const lengths = new Set<number | undefined>();
        for (const feeds of all) {
          const { tokens, mask } = contextOf(conditioner as Conditioner, feeds, n);
          const [, length] = tokens.shape;
          lengths.add(length);
          expect([tokens.shape, mask.shape]).toEqual([
            [n, length, conditioner.contextDim],
            [n, length],
          ]);
          expect(tokens.data.every(Number.isFinite)).toBe(true);
          expect(mask.data.every((value) => value === 0 || value === 1)).toBe(true);
        }
        expect(lengths.size).toBe(1); // shapes of a program are static
      },
    );

    claim("null feeds fit the same graph", async () => {
      const conditioner = await factory();
      const feeds = conditioner.nullFeeds?.(n);
      if (feeds) expectFeeds(feeds, conditioner.feeds(n));
    });

    claim("refuses requests that it does not understand, with code INVALID_REQUEST", async () => {
      const conditioner = await factory();
      for (const request of refused) {
        const parse = (): unknown => {
          try {
            return conditioner.parse(request);
          } catch (error) {
            return error;
          }
        };
        expect(isGMemError(parse(), "INVALID_REQUEST"), JSON.stringify(request)).toBe(true);
      }
    });
  });
}
