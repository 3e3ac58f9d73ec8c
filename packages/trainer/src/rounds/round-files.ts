import type { Store } from "@gmem/spec";
import { GMemError, type Named } from "@gmem/tensor";

/** What a part, or a round, has measured; null where no step of it was finite. */
export interface Measured {
  readonly loss: number | null;
  readonly parts: Named<number | null>;
  readonly gradNorm: number | null;
  /** Steps skipped for values that were not finite. */
  readonly skipped: number;
}

/** How a part of a round ended. */
export interface PartEnd {
  /** Updates made by this part in all rounds so far, skipped steps left out. */
  readonly updates: number;
  readonly measured: Measured;
}

/** Flat arrays of parameters that move: of a part's end `model`, `ema` and its moments, between rounds `model`, `ema`, `velocity`. */
export type Group = "model" | "ema" | "exp_avg" | "exp_avg_sq" | "velocity";

/** Round r is what lies between the r-th and the next outer step. */
const roundKey = (round: number): string => `rounds/${String(round).padStart(6, "0")}`;
const partKey = (round: number, part: number): string => `${roundKey(round)}/parts/${part}`;
const startKey = (round: number): string => `${roundKey(round)}/start`;
export const leaseKey = (round: number, what: number | "join"): string => `${roundKey(round)}/leases/${what}`;

/** Where the parts of rounds and what comes between them lie in a store; the `.json` of each is written last. */
export class RoundFiles {
  readonly #store: Store;
  readonly #length: number;
  /** Parameters of the newest start that was read: each part of a round begins with them. */
  readonly #newest = new Map<Group, { readonly round: number; readonly array: Float32Array }>();

  /** @param length of each flat array. */
  constructor(store: Store, length: number) {
    this.#store = store;
    this.#length = length;
  }

  /** What was measured in the round before this one begins; undefined of a round that does not begin yet. */
  readStart(round: number): Promise<Measured | undefined> {
    return this.#json<Measured>(`${startKey(round)}.json`);
  }

  readPart(round: number, part: number): Promise<PartEnd | undefined> {
    return this.#json<PartEnd>(`${partKey(round, part)}.json`);
  }

  /** An array of the start of a round; undefined where it is gone: the others are further. */
  async startOf(round: number, group: "model" | "ema" | "velocity"): Promise<Float32Array | undefined> {
    const known = this.#newest.get(group);
    if (known?.round === round) return known.array;
    const array = await this.#array(`${startKey(round)}/${group}`);
    if (array && group !== "velocity") this.#newest.set(group, { round, array });
    return array;
  }

  partOf(round: number, part: number, group: Group): Promise<Float32Array | undefined> {
    return this.#array(`${partKey(round, part)}/${group}`);
  }

  async writeStart(round: number, arrays: Partial<Record<Group, Float32Array>>, measured: Measured): Promise<void> {
    await this.#write(startKey(round), arrays, measured);
  }

  async writePart(
    { round, part }: { readonly round: number; readonly part: number },
    arrays: Partial<Record<Group, Float32Array>>,
    end: PartEnd,
  ): Promise<void> {
    await this.#write(partKey(round, part), arrays, end);
  }

  /** Removes the arrays and leases of a round that is over; what was measured stays. */
  async prune(round: number): Promise<void> {
    for await (const key of this.#store.list(`${roundKey(round)}/`))
      if (key !== `${startKey(round)}.json`) await this.#store.delete(key);
  }

  async #write(key: string, arrays: Partial<Record<Group, Float32Array>>, last: object): Promise<void> {
    for (const [group, { buffer, byteOffset, byteLength }] of Object.entries(arrays))
      await this.#store.put(`${key}/${group}`, new Uint8Array(buffer, byteOffset, byteLength));
    await this.#store.put(`${key}.json`, new TextEncoder().encode(`${JSON.stringify(last)}\n`));
  }

  async #json<T>(key: string): Promise<T | undefined> {
    const bytes = await this.#store.get(key);
    return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as T);
  }

  async #array(key: string): Promise<Float32Array | undefined> {
    const bytes = await this.#store.get(key);
    if (!bytes) return undefined;
    if (bytes.length !== 4 * this.#length)
      throw new GMemError(
        "DATA",
        `rounds: ${this.#store.name}/${key} must hold ${this.#length} numbers, got ${bytes.length} bytes; it is of another network or damaged: remove the store's rounds`,
      );
    return new Float32Array(new Uint8Array(bytes).buffer); // a copy, at an address that is a multiple of 4
  }
}
