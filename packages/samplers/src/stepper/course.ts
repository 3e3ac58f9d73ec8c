import { array, GMemError, type Named, type NDArray } from "@gmem/tensor";
import type { PlannedStep } from "../plan.ts";
import type { StepperRequest } from "./contract.ts";
import type { ReadyPart } from "./parts.ts";

/** Where v is asked for. */
export interface Query {
  readonly x: Float32Array;
  readonly t: number;
}

/** One request on its way through its steps: what it needs next, and what it has. */
export class Course {
  readonly slot: number;
  readonly request: StepperRequest;
  /** Parts of each step, between its evaluations. Absent while they are compiled. */
  parts: readonly (readonly (ReadyPart | undefined)[])[] | undefined;
  x: Float32Array;
  /** Of the present step. */
  slopes: readonly Float32Array[] = [];
  /** Where v is asked for next; absent where a part has to say so. */
  query: Query | undefined;
  /** The last evaluation, for an estimate of the data. */
  last: (Query & { readonly v: Float32Array }) | undefined;
  index = 0;
  nfe = 0;
  forwards = 0;
  #eps: NDArray<"f32"> | undefined;

  constructor(slot: number, request: StepperRequest) {
    this.slot = slot;
    this.request = request;
    this.x = request.noise.data;
  }

  get step(): PlannedStep {
    return this.request.steps[this.index] as PlannedStep;
  }

  /** The part that comes next, by the slopes that are there. */
  get part(): ReadyPart | undefined {
    return this.parts?.[this.index]?.[this.slopes.length];
  }

  /** Whether the null input is evaluated too. */
  get isGuided(): boolean {
    return this.step.guided[this.slopes.length] ?? false;
  }

  /** Before an evaluation whose part is no program: it asks at x and t themselves. */
  ask(): void {
    this.query = { x: this.x, t: this.step.t };
  }

  /** Takes v at the query. */
  take(v: Float32Array): void {
    this.nfe += 1;
    this.forwards += this.isGuided ? 2 : 1;
    this.last = { ...(this.query as Query), v };
    this.slopes = [...this.slopes, v];
    this.query = undefined;
  }

  /** Takes x at the end of a step. */
  arrive(x: Float32Array): void {
    const { tNext } = this.step;
    const { keep, noise, steps } = this.request;
    const isLast = this.index === steps.length - 1;
    this.x = keep ? keep(array(x, noise.shape), { t: tNext, isLast }).data : x;
    this.slopes = [];
    this.#eps = undefined;
    this.index += 1;
  }

  /** Arrays [1,…] of its part. */
  get partFeeds(): Named<Float32Array> {
    const { t, tNext, solver } = this.step;
    const slopes = Object.fromEntries(this.slopes.map((v, i) => [`v${i}`, v]));
    const eps = solver.stochastic ? { eps: this.#noise(solver.name).data } : {};
    return { x: this.x, t: Float32Array.of(t), tNext: Float32Array.of(tNext), ...eps, ...slopes };
  }

  #noise(name: string): NDArray<"f32"> {
    const { stepNoise } = this.request;
    if (!stepNoise)
      throw new GMemError(
        "CONFIG",
        `stepper: "${name}" adds noise in each step, got no stepNoise; pass it with the noise`,
      );
    this.#eps ??= stepNoise(this.index);
    return this.#eps;
  }
}
