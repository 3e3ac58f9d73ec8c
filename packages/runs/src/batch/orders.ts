import type { StepperRequest } from "@gmem/samplers";
import { concatRows, GMemError, type NDArray } from "@gmem/tensor";
import type { DrawnOrder, DrawOrder } from "./contract.ts";

/** One picture of an order. */
export interface Picture {
  readonly order: OpenOrder;
  readonly index: number;
  readonly request: StepperRequest;
  /** 2 with guidance: for the condition, and for the null input. */
  readonly slots: 1 | 2;
}

/** Latents and picture [1,…] of one, and what it cost. */
export interface DrawnPicture extends Pick<DrawnOrder, "nfe" | "forwards"> {
  readonly latents: NDArray<"f32">;
  readonly image: NDArray<"f32">;
}

/** An order until its pictures are there, or it has failed. */
export class OpenOrder {
  readonly wanted: DrawOrder;
  readonly result: Promise<DrawnOrder>;
  /** Whether its pictures are still wanted. */
  isOpen = true;
  /** Fires when it fails. */
  readonly ended = new AbortController();
  readonly #latents = new Map<number, NDArray<"f32">>();
  readonly #images = new Map<number, NDArray<"f32">>();
  #resolve!: (drawn: DrawnOrder) => void;
  #reject!: (error: unknown) => void;

  constructor(wanted: DrawOrder) {
    this.wanted = wanted;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Takes latents and picture of one; the order is over with the last of them. */
  take(index: number, { latents, image, nfe, forwards }: DrawnPicture): void {
    if (!this.isOpen) return;
    this.#latents.set(index, latents);
    this.#images.set(index, image);
    if (this.#images.size < this.wanted.count) return;
    this.isOpen = false;
    this.#resolve({ images: inOrder(this.#images), latents: inOrder(this.#latents), nfe, forwards });
  }

  fail(error: unknown): void {
    this.isOpen = false;
    this.ended.abort(error);
    this.#reject(error);
  }
}

const inOrder = (rows: ReadonlyMap<number, NDArray<"f32">>): NDArray<"f32"> =>
  concatRows([...rows].sort(([a], [b]) => a - b).map(([, row]) => row));

/** @throws {GMemError} code `CONFIG` for an order that no sampler takes. */
export function checkOrder({ count, seed, firstId = 0 }: DrawOrder): void {
  if (!Number.isInteger(count) || count < 1)
    throw new GMemError("CONFIG", `draw: count must be a positive whole number, got ${count}`);
  for (const [name, value] of Object.entries({ seed, firstId }))
    if (!Number.isSafeInteger(value) || value < 0)
      throw new GMemError("CONFIG", `draw: ${name} must be a whole number from 0, got ${value}`);
}
