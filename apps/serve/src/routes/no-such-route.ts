import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { Refusal } from "../refusal.ts";

/** Tells requests that no route takes why: there is no such address, or it takes other methods. */
export function noSuchRoute(): {
  /** A hook that hears of every route. */
  readonly heard: (route: RouteOptions) => void;
  /** @throws {Refusal} 404, or 405 with what the address takes. */
  readonly answer: (request: FastifyRequest, reply: FastifyReply) => never;
} {
  const methods = new Map<string, { readonly pattern: RegExp; readonly own: Set<string> }>();
  return {
    heard({ url, method }) {
      if (url.includes("*")) return; // files of the page, which are at any address
      const pattern = new RegExp(`^${url.replaceAll(".", "\\.").replaceAll(/:\w+/g, "[^/]+")}$`);
      const known = methods.get(url) ?? { pattern, own: new Set() };
      for (const one of [method].flat()) known.own.add(one);
      methods.set(url, known);
    },
    answer({ method, url }, reply) {
      const asked = `${method} ${url.slice(0, 80)}`;
      const [path = ""] = url.split("?");
      const allowed = [...methods.values()].flatMap(({ pattern, own }) => (pattern.test(path) ? [...own] : []));
      if (allowed.length === 0) throw new Refusal(404, "NO_SUCH_ROUTE", `${asked}: no such route; /docs lists them`);
      void reply.header("Allow", allowed.join(", "));
      const message = `${asked}: takes ${allowed.join(", ")}; /docs says what they do`;
      throw new Refusal(405, "METHOD_NOT_ALLOWED", message, { allowed });
    },
  };
}
