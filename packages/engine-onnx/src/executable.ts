import {
  type Aval,
  type Executable,
  GMemError,
  type Graph,
  GraphError,
  type Named,
  type NDArray,
  type RunOptions,
  ShapeError,
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
      return Object.fromEntries(
        Object.entries(this.#fetches).map(([name, aval]) => [name, { ...aval, data: data[name] } as NDArray]),
      );
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

/** @throws {GraphError | ShapeError | GMemError} for a missing feed, an unknown one, or one of another shape or type. */
function checkFeeds(wanted: Named<Aval>, feeds: Named<NDArray>): void {
  for (const [name, { dtype, shape }] of Object.entries(wanted)) {
    const feed = feeds[name];
    if (!feed)
      throw new GraphError("run", `feed "${name}" is missing; the graph takes ${Object.keys(wanted).join(", ")}`);
    if (feed.dtype !== dtype) throw new GMemError("DTYPE", `run: feed "${name}" must be ${dtype}, got ${feed.dtype}`);
    if (String(feed.shape) !== String(shape))
      throw new ShapeError("run", `feed "${name}" must be [${shape}]`, [feed.shape]);
  }
  for (const name of Object.keys(feeds))
    if (!wanted[name])
      throw new GraphError("run", `the graph takes ${Object.keys(wanted).join(", ") || "no feeds"}`, `"${name}"`);
}
