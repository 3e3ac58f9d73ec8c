import { z } from "zod";
import type { App, Context } from "../context.ts";
import type { NamedRun } from "../runs/served-names.ts";
import { configOf } from "../runs/served-run.ts";
import { bankFacts } from "./run-facts.ts";

/** `GET /v1/runs`, and unloading one. */
export function runRoutes(app: App, { library }: Context): void {
  const factsOf = async (named: NamedRun) => {
    const { config, classes } = configOf(named);
    const open = library.peek(named.name);
    const bank = open?.bank ? { size: open.bank.now.bank.size, version: open.bank.now.id } : await bankFacts(named);
    return {
      name: named.name,
      conditioner: config.conditioner.kind,
      image: { width: config.image.size, height: config.image.size },
      classes,
      text: config.conditioner.kind === "t2s",
      ...(bank && { bank }),
      sampler: config.sampler,
      loaded: open !== undefined,
      ...(open && { slots: open.batcher.slots }),
    };
  };
  app.get("/v1/runs", { schema: { tags: ["runs"], summary: "Runs that are served" } }, async () => ({
    runs: await Promise.all(library.names.map(factsOf)),
  }));
  app.delete(
    "/v1/runs/:run/loaded",
    { schema: { tags: ["runs"], summary: "Closes a run", params: z.strictObject({ run: z.string() }) } },
    async ({ params }) => ({ unloaded: await library.unload(params.run) }),
  );
}
