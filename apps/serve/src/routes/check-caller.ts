import { isIP } from "node:net";
import { hostname } from "node:os";
import type { FastifyRequest } from "fastify";
import { Refusal } from "../refusal.ts";
import { isLoopback, type ServeSettings } from "../settings.ts";

/**
 * Refuses requests by another name than the server's, which a page of another site may have given an address of this machine,
 * and those of pages of other origins.
 */
export function callerCheck({ host, publicUrl, cors = [] }: ServeSettings): (request: FastifyRequest) => void {
  const own = publicUrl === undefined ? undefined : new URL(publicUrl);
  const names = new Set(["localhost", host, hostname().toLowerCase(), ...(own ? [own.hostname] : [])]);
  const isServed = (name: string): boolean =>
    names.has(name) || isLoopback(name) || (!isLoopback(host) && isIP(name) > 0);
  return ({ headers }) => {
    const { host: asked = "", origin } = headers;
    const name = asked
      .toLowerCase()
      .replace(/:\d+$/, "")
      .replace(/^\[|\]$/g, "");
    if (!isServed(name))
      throw new Refusal(
        403,
        "FOREIGN_HOST",
        `Host: must be a name of this server, got "${shown(asked)}"; give it as --public-url`,
        {
          param: "Host",
        },
      );
    if (origin === undefined || cors.includes(origin) || origin === own?.origin) return;
    if (origin === `http://${asked}` || origin === `https://${asked}`) return;
    throw new Refusal(403, "FOREIGN_ORIGIN", `Origin: pages of ${shown(origin)} may not ask; allow them by --cors`, {
      param: "Origin",
    });
  };
}

const shown = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 80);
