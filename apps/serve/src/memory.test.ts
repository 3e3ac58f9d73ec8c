import { afterAll, beforeAll, expect, it } from "vitest";
import { type OpenTiny, openTiny, until } from "../test/open-tiny.ts";
import { tinyRun } from "../test/tiny-run.ts";
import { namedRuns } from "./runs/served-names.ts";
import { bytesForeseen } from "./runs/served-run.ts";

let server: OpenTiny;
beforeAll(async () => {
  const folders = [`a=${await tinyRun()}`, `b=${await tinyRun()}`];
  const [a] = namedRuns(folders);
  if (!a) throw new Error("a run must be there");
  server = await openTiny(folders, { memory: (1.5 * (await bytesForeseen(a))) / 2 ** 30 }); // room for one
});
afterAll(() => server.stop(0));

const loaded = async (): Promise<readonly string[]> => {
  const { runs } = (await server.ask("/v1/runs")).json as { runs: { name: string; loaded: boolean }[] };
  return runs.filter((run) => run.loaded).map(({ name }) => name);
};

it("runs give their memory to others, but not while they draw", async () => {
  const draw = (run: string, more: object = {}) => server.ask("/v1/samples?wait=true", { run, rows: [1], ...more });
  const first = (await draw("a")).json;
  expect(await loaded()).toEqual(["a"]);
  expect((await draw("b")).status).toBe(200);
  expect(await loaded()).toEqual(["b"]);
  const again = (await draw("a")).json; // the same pictures as before it was closed
  const bytes = async ({ images }: { images: string[] }) => (await server.ask(images[0] as string)).json;
  expect(await bytes(again)).toBe(await bytes(first));
  const { id } = (await server.ask("/v1/samples", { run: "a", count: 60, steps: 250 })).json;
  await until(() => server.context.queue.get(id)?.status === "running");
  const refused = await draw("b");
  expect(refused).toMatchObject({ status: 503, json: { error: { code: "OUT_OF_MEMORY", limit: "memory" } } });
  expect(refused.headers.get("retry-after")).toBe("5");
  await server.ask(`/v1/jobs/${id}`, undefined, { method: "DELETE" });
  await until(() => server.context.library.peek("a")?.batcher.status().drawing === 0);
  expect((await draw("b")).status).toBe(200);
});
