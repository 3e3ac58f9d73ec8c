import {
  type Aval,
  checkFeeds,
  type Executable,
  type Graph,
  mapNamed,
  type Named,
  type NDArray,
  type RunOptions,
} from "@gmem/tensor";
import { ownCopy } from "./own-copy.ts";
import type { WorkerLink } from "./worker-link.ts";

/** A session in the worker. */
export class OnnxExecutable implements Executable {
  readonly graph: Graph;
  readonly #link: WorkerLink;
  readonly #id: number;
  readonly #feeds: Named<Aval>;
  readonly #fetches: Named<Aval>;

  constructor(graph: Graph, link: WorkerLink, program: { id: number; feeds: Named<Aval>; fetches: Named<Aval> }) {
    this.graph = graph;
    this.#link = link;
    this.#id = program.id;
    this.#feeds = program.feeds;
    this.#fetches = program.fetches;
  }

  async run(feeds: Named<NDArray>, { signal }: RunOptions = {}): Promise<Named<NDArray>> {
    checkFeeds(this.#feeds, feeds);
    const flag = signal ? new SharedArrayBuffer(4) : undefined;
    const giveUp = (): void => {
      if (flag) Atomics.compareExchange(new Int32Array(flag), 0, 0, 2);
    };
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      const data = await this.#link.request<Named<NDArray["data"]>>(() => this.#letter(feeds, flag), signal);
      return mapNamed(this.#fetches, (aval, name) => ({ ...aval, data: data[name] }) as NDArray);
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }

  async dispose(): Promise<void> {
    await this.#link.request(() => ({ type: "release", id: this.#id }));
  }

  #letter(
    feeds: Named<NDArray>,
    flag: SharedArrayBuffer | undefined,
  ): { type: string; transfer: ArrayBuffer[] } & Record<string, unknown> {
    const transfer: ArrayBuffer[] = [];
    const copies: Record<string, NDArray> = {};
    for (const [name, { dtype, shape }] of Object.entries(this.#feeds)) {
      const data = ownCopy((feeds[name] as NDArray).data);
      copies[name] = { dtype, shape, data } as NDArray;
      transfer.push(data.buffer);
    }
    return { type: "run", id: this.#id, feeds: copies, flag, transfer };
  }
}
