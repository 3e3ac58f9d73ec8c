import type { AddressInfo } from "node:net";
import { namedRuns } from "../src/runs/served-names.ts";
import { openService, type Service } from "../src/service.ts";
import type { ServeSettings } from "../src/settings.ts";

export const settings: ServeSettings = {
  port: 0,
  host: "127.0.0.1",
  slots: 4,
  queue: 100,
  maxCount: 64,
  maxSteps: 250,
  maxBody: 1,
  keep: 900,
  rate: 0,
  drain: 5,
  log: "silent",
};

export interface OpenTiny extends Service {
  readonly url: string;
  /** JSON of an answer, with its status and headers. */
  ask(path: string, body?: unknown, init?: RequestInit): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked into by tests
  readonly json: any;
}

/** A server on a free port of this machine, over run folders. */
export async function openTiny(
  folders: readonly string[],
  { patience, ...patch }: Partial<ServeSettings> & { readonly patience?: number } = {},
): Promise<OpenTiny> {
  const timed = patience === undefined ? {} : { patience };
  const service = await openService(namedRuns(folders), { settings: { ...settings, ...patch }, ...timed });
  await service.app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = service.app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return Object.assign(service, {
    url,
    async ask(path: string, body?: unknown, init: RequestInit = {}): Promise<Answer> {
      const isForm = body instanceof FormData;
      const response = await fetch(`${url}${path}`, {
        method: body === undefined ? "GET" : "POST",
        ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
        ...init,
        headers: { ...(body !== undefined && !isForm && { "content-type": "application/json" }), ...init.headers },
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        json: text.startsWith("{") ? JSON.parse(text) : text,
      };
    },
  });
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until something holds. @throws {Error} after ten seconds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1000; i++)
    if (holds()) return;
    else await sleep(10);
  throw new Error(`until: must hold within ten seconds, got ${holds}`);
}
