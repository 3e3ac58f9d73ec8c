import { Agent, request } from "node:http";

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  /** Milliseconds from the question to the end of the answer. */
  readonly ms: number;
}

export interface Question {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/** What asks a server over connections that stay open. */
export interface Client {
  ask(path: string, question?: Question): Promise<Answer>;
  /** The numbers of `/metrics`, those with labels as `name{…}`. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  close(): void;
}

/** A client of the server at an address. */
export function clientOf(url: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 128 });
  const ask: Client["ask"] = (path, { method, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const start = performance.now();
      const text = body && JSON.stringify(body);
      const sent = request(`${url}${path}`, {
        agent,
        method: method ?? (text ? "POST" : "GET"),
        ...(text && { headers: { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) } }),
        ...(signal && { signal }),
      });
      sent.on("error", reject).on("response", (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part)).on("error", reject);
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts), ms: performance.now() - start }),
        );
      });
      sent.end(text);
    });
  return {
    ask,
    async metrics() {
      const { body } = await ask("/metrics");
      const lines = body.toString("utf8").matchAll(/^([a-z_0-9]+(?:\{.*?\})?) (\S+)/gm);
      return new Map([...lines].map(([, name, value]) => [name as string, Number(value)]));
    },
    close: () => agent.destroy(),
  };
}

/** Of JSON. */
// biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked into
export const jsonOf = ({ body }: Answer): any => JSON.parse(body.toString("utf8"));

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The value below which a share of the values lies. */
export const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;
