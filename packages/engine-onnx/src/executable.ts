import {
  type Aval,
  type Executable,
  type Graph,
  mapNamed,
  type Named,
  type NDArray,
  type RunOptions,
} from "@gmem/tensor";
import { ownCopy } from "./own-copy.ts";
import type { WorkerLink } from "./worker-link.ts";

interface Program {
  readonly id: number;
  readonly check: (feeds: Named<NDArray>) => void;
  readonly feeds: Named<Aval>;
  readonly fetches: Named<Aval>;
}

/** A session in the worker. */
export class OnnxExecutable implements Executable {
  readonly graph: Graph;
  readonly #link: WorkerLink;
  readonly #program: Program;

  constructor(graph: Graph, link: WorkerLink, program: Program) {
    this.graph = graph;
    this.#link = link;
    this.#program = program;
  }

  async run(feeds: Named<NDArray>, { signal }: RunOptions = {}): Promise<Named<NDArray>> {
    this.#program.check(feeds);
    const flag = signal ? new SharedArrayBuffer(4) : undefined;
    const giveUp = (): void => {
      if (flag) Atomics.compareExchange(new Int32Array(flag), 0, 0, 2);
    };
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      const data = await this.#link.request<Named<NDArray["data"]>>(() => this.#letter(feeds, flag), signal);
      return mapNamed(this.#program.fetches, (aval, name) => ({ ...aval, data: data[name] }) as NDArray);
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }

  async dispose(): Promise<void> {
    await this.#link.request(() => ({ type: "release", id: this.#program.id }));
  }

  #letter(
    feeds: Named<NDArray>,
    flag: SharedArrayBuffer | undefined,
  ): { type: string; transfer: ArrayBuffer[] } & Record<string, unknown> {
    const transfer: ArrayBuffer[] = [];
    const copies: Record<string, NDArray> = {};
    for (const [name, { dtype, shape }] of Object.entries(this.#program.feeds)) {
      const data = ownCopy((feeds[name] as NDArray).data);
      copies[name] = { dtype, shape, data } as NDArray;
      transfer.push(data.buffer);
    }
    return { type: "run", id: this.#program.id, feeds: copies, flag, transfer };
  }
}
