import { array, mapNamed, type Named, sizeOf } from "@gmem/tensor";
import { memoryShape } from "../memory.ts";
import type { PlannedStep } from "../plan.ts";
import type { StepperRequest } from "./contract.ts";
import { type CutStep, slopeName } from "./cut-step.ts";

/** Where v is asked for. */
export interface Query {
  readonly x: Float32Array;
  readonly t: number;
}

/** One request on its way through its steps: what it needs next, and what it has. */
export class Course {
  readonly slot: number;
  readonly request: StepperRequest;
  /** Values of the request's feeds. */
  readonly feeds: Named<ArrayLike<number>>;
  readonly #cut: (step: PlannedStep) => CutStep;
  x: Float32Array;
  /** The last evaluation, for an estimate of the data. */
  last: (Query & { readonly v: Float32Array }) | undefined;
  index = 0;
  nfe = 0;
  forwards = 0;
  /** Of the present step. */
  #slopes: Float32Array[] = [];
  #eps: Float32Array | undefined;
  #query: Query | undefined;
  readonly #from = new Float32Array(1);
  readonly #to = new Float32Array(1);
  /** What a multistep solver left. */
  #memory: Float32Array | undefined;

  /** @param cut parts of a step, between its evaluations. */
  constructor(slot: number, request: StepperRequest, cut: (step: PlannedStep) => CutStep) {
    this.slot = slot;
    this.request = request;
    this.feeds = mapNamed(request.feeds, ({ data }) => data);
    this.x = request.noise.data;
    this.#cut = cut;
  }

  /** Whether the null input is evaluated too. */
  get isGuided(): boolean {
    return this.#step.guided[this.#slopes.length] ?? false;
  }

  /** Where v is asked for next. */
  get query(): Query {
    this.#query ??= this.#part ? this.#run() : { x: this.x, t: this.#step.t };
    return this.#query;
  }

  /** Takes v at the query. @returns whether a step is at its end. */
  take(v: Float32Array): boolean {
    const { x: asked, t } = this.query;
    this.last = { x: asked, t, v };
    this.nfe += 1;
    this.forwards += this.isGuided ? 2 : 1;
    this.#slopes.push(v);
    this.#query = undefined;
    if (this.#slopes.length < this.#step.solver.evaluations) return false;
    const { x, memory } = this.#run();
    this.#memory = memory;
    this.#arrive(x);
    return true;
  }

  #arrive(x: Float32Array): void {
    const { keep, noise, steps } = this.request;
    const isLast = this.index === steps.length - 1;
    this.x = keep ? keep(array(x, noise.shape), { t: this.#step.tNext, isLast }).data : x;
    this.#slopes = [];
    this.#eps = undefined;
    this.index += 1;
  }

  get #step(): PlannedStep {
    return this.request.steps[this.index] as PlannedStep;
  }

  /** The part that comes next, by the slopes that are there. */
  get #part(): CutStep[number] {
    return this.#cut(this.#step)[this.#slopes.length];
  }

  /** What the solver computes here, rounded as on a device. */
  #run(): Query & { readonly memory: Float32Array | undefined } {
    const { t, tNext, solver } = this.#step;
    [this.#from[0], this.#to[0]] = [t, tNext];
    const feeds: Record<string, Float32Array> = { x: this.x, t: this.#from, tNext: this.#to };
    if (solver.stochastic) feeds.eps = this.#noise;
    const kept = memoryShape(solver, this.request.noise.shape);
    if (kept) feeds.memory = this.#memory ?? new Float32Array(sizeOf(kept));
    for (const [i, v] of this.#slopes.entries()) feeds[slopeName(i)] = v;
    const fetched = (this.#part as NonNullable<CutStep[number]>)(feeds);
    return { x: fetched.x as Float32Array, t: fetched.t?.[0] ?? Number.NaN, memory: fetched.memory };
  }

  /** The same for all parts of a step. */
  get #noise(): Float32Array {
    this.#eps ??= (this.request.stepNoise as NonNullable<StepperRequest["stepNoise"]>)(this.index).data;
    return this.#eps;
  }
}
