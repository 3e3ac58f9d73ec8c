import { Refusal } from "../refusal.ts";
import type { SampleBody } from "./sample-body.ts";

const ways = ["rows", "label", "text", "expression", "interpolate", "noise"] as const;

/** How a request says what is drawn. @throws {Refusal} 400 for more ways than one. */
export function wayOf(body: SampleBody): (typeof ways)[number] | "image" {
  const given = ways.filter((way) => body[way] !== undefined);
  const [way = body.image === undefined || body.strength !== undefined ? "noise" : "image"] = given;
  const isSnippet = body.image !== undefined && body.strength === undefined;
  if (given.length > 1 || (isSnippet && given.length > 0))
    throw new Refusal(
      400,
      "INVALID_REQUEST",
      `${[...ways, "image"].join(", ")} exclude each other, got ${[...given, ...(isSnippet ? ["image"] : [])].join(" and ")}; give one of them, or strength with the image`,
      { param: given[0] ?? "image", allowed: [...ways, "image"] },
    );
  if (body.strength !== undefined && body.image === undefined)
    throw new Refusal(
      400,
      "INVALID_REQUEST",
      "strength: needs an image to begin from; give it, or leave strength out",
      {
        param: "strength",
      },
    );
  if (body.mask !== undefined && body.strength === undefined)
    throw new Refusal(400, "INVALID_REQUEST", "mask: needs strength, which says where drawing begins", {
      param: "mask",
    });
  return way;
}

/** Pictures of a request where it does not say. */
export function countOf(body: SampleBody): number {
  const { count, rows, text, interpolate } = body;
  const at = interpolate?.at;
  const several = rows?.length ?? (Array.isArray(text) ? text.length : undefined);
  const least = Array.isArray(at) ? at.length : (several ?? 1);
  const usual = interpolate && at === undefined ? 8 : least;
  if (count !== undefined && count < least)
    throw new Refusal(400, "INVALID_REQUEST", `count: must be ${least} or more for what is listed, got ${count}`, {
      param: "count",
    });
  return count ?? usual;
}
