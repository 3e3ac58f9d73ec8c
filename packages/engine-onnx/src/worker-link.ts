import { Worker } from "node:worker_threads";
import { GMemError } from "@gmem/tensor";
import { engineError } from "./engine-error.ts";

/** Requests that the worker holds at once: one runs, one waits, so that it never idles and never piles up copies. */
const window = 2;

export interface Letter {
  readonly type: string;
  readonly transfer?: readonly ArrayBuffer[];
  readonly [field: string]: unknown;
}

interface Waiting {
  /** Makes the letter at the last moment: the copies of a run's feeds exist only while the worker holds them. */
  readonly write: () => Letter;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

interface Answer {
  readonly request: number;
  readonly value?: unknown;
  readonly error?: { readonly code?: string; readonly message: string };
}

/** The main thread's end of the worker: requests in order, at most {@link window} of them on their way. */
export class WorkerLink {
  readonly #name: string;
  readonly #worker: Worker;
  readonly #queue: Waiting[] = [];
  readonly #sent = new Map<number, Waiting>();
  #next = 0;
  #failure: GMemError | undefined;

  constructor(name: string, workerData: unknown) {
    this.#name = name;
    // biome-ignore lint/plugin: the library is told so by nothing else, and reads the process's environment, not the worker's
    process.env.ORT_DISABLE_TELEMETRY ??= "1";
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), { workerData, execArgv: [] });
    this.#worker.unref(); // an idle engine does not keep the process alive
    this.#worker.on("message", (answer: Answer) => this.#receive(answer));
    this.#worker.on("error", (cause) => this.#fail(`the worker thread failed: ${cause.message}`, cause));
    this.#worker.on("exit", (code) => this.#fail(`the worker thread ended with code ${code}`));
  }

  /** Asks the worker and waits. A signal withdraws a request that has not been begun. */
  async request<T>(write: () => Letter, signal?: AbortSignal): Promise<T> {
    if (this.#failure) throw this.#failure;
    if (signal?.aborted) throw aborted(this.#name);
    let withdraw = (): void => {};
    try {
      return await new Promise<T>((resolve, reject) => {
        const waiting: Waiting = { write, signal, resolve, reject };
        this.#queue.push(waiting);
        withdraw = () => this.#withdraw(waiting);
        signal?.addEventListener("abort", withdraw, { once: true });
        this.#send();
      });
    } finally {
      signal?.removeEventListener("abort", withdraw); // a long run asks thousands of times with one signal
    }
  }

  /** Ends the worker; what is pending fails. */
  async terminate(): Promise<void> {
    this.#failure ??= new GMemError("ENGINE", `${this.#name}: the engine has been disposed, make a new one`);
    await this.#worker.terminate();
  }

  #send(): void {
    while (this.#sent.size < window) {
      const waiting = this.#queue.shift();
      if (!waiting) break;
      try {
        const { transfer = [], ...letter } = waiting.write();
        const request = this.#next++;
        this.#sent.set(request, waiting);
        this.#worker.ref();
        this.#worker.postMessage({ request, ...letter }, [...transfer]);
      } catch (error) {
        waiting.reject(error as Error);
      }
    }
    if (this.#sent.size === 0) this.#worker.unref();
  }

  #withdraw(waiting: Waiting): void {
    const at = this.#queue.indexOf(waiting);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    waiting.reject(aborted(this.#name));
  }

  #receive({ request, value, error }: Answer): void {
    const waiting = this.#sent.get(request);
    if (!waiting) return;
    this.#sent.delete(request);
    if (error) waiting.reject(engineError(this.#name, error));
    else if (waiting.signal?.aborted) waiting.reject(aborted(this.#name));
    else waiting.resolve(value as never);
    this.#send();
  }

  #fail(what: string, cause?: Error): void {
    this.#failure ??= new GMemError("ENGINE", `${this.#name}: ${what}; make a new engine`, cause ? { cause } : {});
    for (const waiting of [...this.#sent.values(), ...this.#queue]) waiting.reject(this.#failure);
    this.#sent.clear();
    this.#queue.length = 0;
  }
}

const aborted = (name: string): GMemError => new GMemError("ABORTED", `${name}: the run was aborted by its signal`);
