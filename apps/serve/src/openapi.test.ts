import { Validator } from "@seriousme/openapi-schema-validator";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import { type Answer, type OpenTiny, openTiny } from "../test/open-tiny.ts";
import { tinyRun } from "../test/tiny-run.ts";
import { errorAnswer } from "./routes/answers.ts";
import { answered } from "./routes/described.ts";

let server: OpenTiny;
beforeAll(async () => {
  server = await openTiny([await tinyRun()]);
});
afterAll(() => server.stop(1));

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: { properties: object } }>> };
  readonly responses: Readonly<Record<string, { readonly content: object }>>;
}

interface Contents {
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>>;
}

/** Checks an answer against what is said of its route. */
function isAsSaid(route: string, { status, json }: Answer): Answer {
  const said = answered[route]?.[status] as z.ZodType | Contents | undefined;
  const schema = said && "content" in said ? said.content["application/json"]?.schema : said;
  if (!schema) throw new Error(`${route}: says nothing of ${status}, got ${JSON.stringify(json)}`);
  const { success, error } = schema.safeParse(json);
  expect(success, `${route} ${status}: ${error?.message}`).toBe(true);
  return { status, json, headers: new Headers() };
}

async function form(fields: Readonly<Record<string, string>> = {}): Promise<FormData> {
  const png = await sharp({ create: { width: 9, height: 8, channels: 3, background: "#283" } })
    .png()
    .toBuffer();
  const made = new FormData();
  made.set("image", new Blob([new Uint8Array(png)]), "green.png");
  for (const [name, value] of Object.entries(fields)) made.set(name, value);
  return made;
}

const fileOf = (field: string, bytes: string): FormData => {
  const made = new FormData();
  made.set(field, new Blob([bytes]), "a.png");
  return made;
};

describe("the description of the API", () => {
  it("is OpenAPI, and says of each route what it takes, answers and refuses", async () => {
    const { json } = await server.ask("/openapi.json");
    const { valid, errors } = await new Validator().validate(json);
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    const { paths } = json as { paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
    const all = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
    );
    expect(all.map(({ name }) => name).sort()).toEqual(
      Object.keys(answered)
        .map((name) => name.replaceAll(/:(\w+)/g, "{$1}"))
        .sort(),
    );
    for (const { name, operation } of all) {
      const said = Object.keys(operation.responses);
      expect(said, name).toEqual(expect.arrayContaining(["4XX", "5XX"]));
      expect(
        said.some((status) => /^2/.test(status)),
        name,
      ).toBe(true);
    }
    const edits = paths["/v1/images/edits"]?.post?.requestBody?.content["multipart/form-data"]?.schema;
    expect(Object.keys(edits?.properties ?? {})).toEqual(
      expect.arrayContaining(["image", "mask", "strength", "prompt"]),
    );
    const search = paths["/v1/runs/{run}/bank/search"]?.post?.requestBody?.content;
    expect(Object.keys(search ?? {})).toEqual(["application/json", "multipart/form-data"]);
  });

  it("says what comes: every answer has the fields that are described, and no other", async () => {
    const bank = "/v1/runs/tiny/bank";
    const get = async (path: string, route = `GET ${path}`) => isAsSaid(route, await server.ask(path));
    const job = isAsSaid("POST /v1/samples", await server.ask("/v1/samples", { rows: [1] }));
    const done = isAsSaid("POST /v1/samples", await server.ask("/v1/samples?wait=true", { rows: [2, 3] }));
    await get(`/v1/jobs/${job.json.id}`, "GET /v1/jobs/:id");
    isAsSaid("DELETE /v1/jobs/:id", await server.ask(`/v1/jobs/${done.json.id}`, undefined, { method: "DELETE" }));
    for (const path of ["/healthz", "/readyz", "/v1/runs", "/v1/jobs", "/v1/models"]) await get(path);
    const post = async (path: string, body: unknown, init: RequestInit = {}) =>
      isAsSaid(
        `${init.method ?? "POST"} /v1/runs/:run/bank${path.replace(/\d+$/, ":row")}`,
        await server.ask(`${bank}${path}`, body, init),
      );
    await post("/rows", await form({ name: "green" }));
    await post("/interpolate", { from: 1, to: 2 });
    await post("/rows/3", { name: "third" }, { method: "PATCH" });
    await post("/rows/24", undefined, { method: "DELETE" });
    await get(bank, "GET /v1/runs/:run/bank");
    for (const view of ["map", "versions"]) await get(`${bank}/${view}`, `GET /v1/runs/:run/bank/${view}`);
    for (const step of ["/undo", "/redo", "/undo"]) await post(step, {});
    await post("/search", { row: 1 });
    await post("/search", await form());
    const image = (await fetch(`${server.url}${done.json.images[0]}`)).blob();
    const drawn = new FormData();
    drawn.set("image", await image, "drawn.png");
    isAsSaid("POST /v1/settings", await server.ask("/v1/settings", drawn));
    const prompt = { prompt: "star" };
    isAsSaid("POST /v1/images/generations", await server.ask("/v1/images/generations", prompt));
    isAsSaid("POST /v1/images/edits", await server.ask("/v1/images/edits", await form({ ...prompt, strength: "0.5" })));
    isAsSaid("DELETE /v1/jobs", await server.ask("/v1/jobs", undefined, { method: "DELETE" }));
    const closed = await server.ask("/v1/runs/tiny/loaded", undefined, { method: "DELETE" });
    isAsSaid("DELETE /v1/runs/:run/loaded", closed);
  });

  it("says how it refuses", async () => {
    const refused = await Promise.all([
      server.ask("/v1/samples", { wrong: 1 }),
      server.ask("/v1/samples", { expression: "nothing-of-this-name" }),
      server.ask("/v1/jobs/none"),
      server.ask("/v1/runs/none/bank"),
      server.ask("/v1/settings", { image: "none" }),
      server.ask("/v1/settings", fileOf("image", "no picture")),
      server.ask("/v1/runs/tiny/bank/rows", fileOf("image", "")),
      server.ask("/v1/settings", undefined, { method: "POST", headers: { "content-type": "multipart/form-data" } }),
      form({ prompt: "star" }).then((body) => {
        body.set("mask", new Blob(["no picture"]), "mask.png");
        return server.ask("/v1/images/edits", body);
      }),
    ]);
    for (const { status, json } of refused) {
      expect([400, 404, 415]).toContain(status);
      expect(errorAnswer.safeParse(json).error?.message).toBeUndefined();
    }
  });

  it("tells a wrong method, a row that there is not and a long name from a wrong address", async () => {
    const of = async (method: string, path: string) => {
      const { status, json, headers } = await server.ask(path, undefined, { method });
      return [status, json.error.code, headers.get("allow")];
    };
    const rows = "/v1/runs/tiny/bank/rows";
    expect(await of("PATCH", "/v1/jobs/some?a=b")).toEqual([405, "METHOD_NOT_ALLOWED", "GET, HEAD, DELETE"]);
    expect(await of("GET", "/v1/samples")).toEqual([405, "METHOD_NOT_ALLOWED", "POST"]);
    expect(await of("GET", "/v1/sample")).toEqual([404, "NO_SUCH_ROUTE", null]);
    expect(await of("DELETE", `${rows}/99`)).toEqual([404, "NO_SUCH_ROW", null]);
    expect((await server.ask(`${rows}/99`, { name: "a" }, { method: "PATCH" })).status).toBe(404);
    expect(await of("GET", `/v1/runs/${"x".repeat(300)}/bank`)).toEqual([400, "INVALID_REQUEST", null]);
  });
});
