import { isIP } from "node:net";
import { totalmem } from "node:os";
import { GMemError } from "@gmem/tensor";

/** What a server is started with. */
export interface ServeSettings {
  readonly port: number;
  readonly host: string;
  readonly token?: string | undefined;
  readonly publicUrl?: string | undefined;
  readonly cors?: readonly string[] | undefined;
  readonly slots?: number | undefined;
  readonly queue: number;
  readonly maxCount: number;
  readonly maxSteps: number;
  /** Megabytes. */
  readonly maxBody: number;
  /** Seconds. */
  readonly keep: number;
  /** Requests a minute; 0 is any number. */
  readonly rate: number;
  /** Gigabytes. */
  readonly memory?: number | undefined;
  /** Seconds. */
  readonly drain: number;
  readonly log: string;
}

const levels = ["silent", "error", "warn", "info", "debug"];

/** True for an address that only this machine reaches. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

/**
 * Refuses what a server must not be started with.
 * @throws {GMemError} code `CONFIG`: a token is needed where others than this machine can ask.
 */
export function checkSettings(settings: ServeSettings): void {
  const { host, token, port, publicUrl, cors = [], log } = settings;
  const rule = (isMet: boolean, text: string): void => {
    if (!isMet) throw new GMemError("CONFIG", `gmem-serve: ${text}`);
  };
  rule(port <= 65_535, `--port must be at most 65535, got ${port}`);
  rule(
    isLoopback(host) || token !== undefined,
    `--host ${host} is reached by other machines and needs a token, got none; set GMEM_TOKEN, or leave --host out`,
  );
  rule(token === undefined || token.length >= 8, "the token must have 8 characters or more; make it longer");
  rule(publicUrl === undefined || isOrigin(publicUrl, { path: true }), `--public-url must be a URL, got ${publicUrl}`);
  for (const origin of cors)
    rule(isOrigin(origin), `--cors must be an origin such as https://example.org, got ${origin}`);
  for (const key of ["slots", "queue", "maxCount", "maxSteps", "maxBody", "keep", "memory"] as const)
    rule(settings[key] === undefined || settings[key] > 0, `--${dashed(key)} must be above 0, got ${settings[key]}`);
  rule(levels.includes(log), `--log must be ${levels.join(", ")}, got "${log}"`);
}

const dashed = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function isOrigin(text: string, { path = false } = {}): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && (path || url.origin === text.replace(/\/$/, ""));
}

/** Bytes that open runs may take together. */
export const memoryLimit = ({ memory }: ServeSettings): number =>
  memory === undefined ? totalmem() / 2 : memory * 2 ** 30;
