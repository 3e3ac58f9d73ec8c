import type { RouteOptions } from "fastify";
import { z } from "zod";
import { searchBody } from "../bank/search-bank.ts";
import { editBody } from "../openai/image-request.ts";
import type { ServeSettings } from "../settings.ts";
import * as answers from "./answers.ts";
import { newRowFields } from "./row-fields.ts";

/** What is no JSON: bytes of these types. */
const bytes = (description: string, ...types: readonly string[]) => ({
  description,
  content: Object.fromEntries(types.map((type) => [type, { schema: z.string().meta({ format: "binary" }) }])),
});

/** What each route answers where all is well, by method and address. */
export const answered: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "GET /healthz": { 200: answers.healthAnswer },
  "GET /readyz": { 200: answers.readyAnswer },
  "GET /metrics": { 200: bytes("Numbers for Prometheus.", "text/plain") },
  "GET /v1/runs": { 200: answers.runsAnswer },
  "DELETE /v1/runs/:run/loaded": { 200: answers.unloadedAnswer },
  "POST /v1/samples": { 200: answers.jobAnswer, 202: answers.jobAnswer },
  "POST /v1/settings": { 200: answers.settingsAnswer },
  "GET /v1/jobs": { 200: answers.jobsAnswer },
  "DELETE /v1/jobs": { 200: answers.cancelledAnswer },
  "GET /v1/jobs/:id": { 200: answers.jobAnswer },
  "DELETE /v1/jobs/:id": { 200: answers.jobAnswer },
  "GET /v1/jobs/:id/events": { 200: answers.eventsAnswer },
  "GET /v1/jobs/:id/zip": { 200: bytes("PNG files.", "application/zip") },
  "GET /v1/jobs/:id/images/:picture": { 200: bytes("A picture.", "image/png", "image/webp", "image/jpeg") },
  "GET /v1/runs/:run/bank": { 200: answers.bankAnswer },
  "GET /v1/runs/:run/bank/:row/image": { 200: bytes("A picture.", "image/png") },
  "POST /v1/runs/:run/bank/search": { 200: answers.foundAnswer },
  "GET /v1/runs/:run/bank/map": { 200: answers.mapAnswer },
  "GET /v1/runs/:run/bank/versions": { 200: answers.versionsAnswer },
  "POST /v1/runs/:run/bank/rows": { 201: answers.editAnswer },
  "POST /v1/runs/:run/bank/interpolate": { 201: answers.editAnswer },
  "PATCH /v1/runs/:run/bank/rows/:row": { 200: answers.editAnswer },
  "DELETE /v1/runs/:run/bank/rows/:row": { 200: answers.editAnswer },
  "POST /v1/runs/:run/bank/undo": { 200: answers.editAnswer },
  "POST /v1/runs/:run/bank/redo": { 200: answers.editAnswer },
  "GET /v1/models": { 200: answers.modelsAnswer },
  "POST /v1/images/generations": { 200: answers.imagesOrEvents },
  "POST /v1/images/edits": { 200: answers.imagesOrEvents },
};

const file = (description: string) => z.string().meta({ format: "binary" }).describe(description);

/** Bodies of several parts, which routes read themselves. */
const formsOf = (settings: ServeSettings) => ({
  "POST /v1/settings": z.strictObject({ image: file("A picture that was drawn here.") }),
  "POST /v1/runs/:run/bank/rows": newRowFields.extend({ image: file("A picture; several are several rows.") }),
  "POST /v1/runs/:run/bank/search": searchBody,
  "POST /v1/images/edits": editBody(settings).extend({
    image: file("What is drawn in the style of, or begun from."),
    mask: file("Transparent or white where it is drawn.").optional(),
  }),
});

/** Schemas of bodies that are described and not checked before their route. */
export const readByRoutes = new WeakSet<object>();

/** A hook that describes each route for OpenAPI: what it answers, how it refuses, and bodies of several parts. */
export function describing(settings: ServeSettings): (route: RouteOptions) => void {
  const forms: Readonly<Record<string, z.ZodType>> = formsOf(settings);
  return (route) => {
    const name = `${route.method} ${route.url}`;
    const own = answered[name];
    if (!own) return;
    const body = forms[name];
    if (body) readByRoutes.add(body);
    const isEither = name.endsWith("/search");
    route.schema = {
      ...route.schema,
      ...(body && { body, consumes: [...(isEither ? ["application/json"] : []), "multipart/form-data"] }),
      response: { ...own, "4xx": answers.errorAnswer, "5xx": answers.errorAnswer },
    };
  };
}
