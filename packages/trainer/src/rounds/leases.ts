import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Store } from "@gmem/spec";

/** A piece of work that is this process's until it is given back. */
export interface Lease {
  /** Gives it back; others need not wait until it is silent. */
  release(): Promise<void>;
}

export interface LeaseOptions {
  /** Seconds after which one that is silent is taken by another. */
  readonly patience: number;
}

interface Seen {
  readonly content: string;
  readonly since: number;
}

/**
 * Leases in a store. Who holds one says so again and again; one that has said nothing new for `patience` seconds, by the
 * clock of whoever looks, is free. Two may come to hold one where a process was only slow: what they do must be the same.
 */
export class Leases {
  readonly #store: Store;
  readonly #patience: number;
  readonly #seen = new Map<string, Seen>();
  readonly #owner = `${hostname()} ${process.pid} ${randomBytes(6).toString("hex")}`;

  constructor(store: Store, { patience }: LeaseOptions) {
    this.#store = store;
    this.#patience = 1000 * patience;
  }

  /** The lease of that name, or undefined while another holds it. */
  async claim(name: string): Promise<Lease | undefined> {
    let attempt = 0;
    for await (const key of this.#store.list(`${name}-`)) attempt = Math.max(attempt, Number(/\d+$/.exec(key)?.[0]));
    if (attempt > 0 && !(await this.#isSilent(`${name}-${attempt}`))) return undefined;
    const key = `${name}-${attempt + 1}`;
    return (await this.#store.putIfAbsent(key, this.#word(0))) ? this.#hold(key) : undefined;
  }

  async #isSilent(key: string): Promise<boolean> {
    const bytes = await this.#store.get(key);
    const content = bytes ? new TextDecoder().decode(bytes) : "";
    const before = this.#seen.get(key);
    if (before?.content === content) return performance.now() - before.since > this.#patience;
    this.#seen.set(key, { content, since: performance.now() });
    return false;
  }

  #word(beat: number): Uint8Array {
    return new TextEncoder().encode(`${this.#owner} ${beat}`);
  }

  #hold(key: string): Lease {
    let beat = 0;
    let said: Promise<void> = Promise.resolve();
    const timer = setInterval(() => {
      said = said.then(() => this.#store.put(key, this.#word(++beat))).catch(() => undefined); // then another takes it
    }, this.#patience / 4);
    timer.unref();
    return {
      release: async () => {
        clearInterval(timer);
        await said;
        await this.#store.delete(key);
      },
    };
  }
}
