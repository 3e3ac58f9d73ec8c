import { cp } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isRunFolder, newFolder } from "@gmem/runs";
import { GMemError } from "@gmem/tensor";
import { endBy, hubSettings, invocationOf, progressLines } from "@gmem/terminal";
import { namedRuns } from "../runs/served-names.ts";
import { openService } from "../service.ts";
import { checkSettings, type ServeSettings } from "../settings.ts";

/** `gmem-serve`: answers until it is told to stop. */
export async function serve(given: readonly string[], flags: ServeSettings): Promise<void> {
  const settings: ServeSettings = { ...flags, token: flags.token ?? process.env.GMEM_TOKEN };
  checkSettings(settings);
  if (given[0] === "runs/demo" && !isRunFolder("runs/demo"))
    throw new GMemError("CONFIG", "gmem-serve demo: needs runs/demo, got none; make it by `npm run demo`, in minutes");
  const runs = namedRuns(given.length > 0 ? given : [await drawingsFolder()]);
  const service = await openService(runs, { settings, hub: hubSettings(), onProgress: progressLines() });
  const { app } = service;
  await app.listen({ port: settings.port, host: settings.host }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "EADDRINUSE") throw cause;
    throw new GMemError(
      "CONFIG",
      `gmem-serve: port ${settings.port} is taken; give another --port, or 0 for a free one`,
    );
  });
  const { port } = app.server.address() as AddressInfo;
  const url =
    settings.publicUrl ?? `http://${settings.host.includes(":") ? `[${settings.host}]` : settings.host}:${port}/`;
  process.stdout.write(`${url}\n`);
  process.stderr.write(`serving ${runs.map(({ name }) => name).join(", ")}; the API is shown at ${url}docs\n`);
  await service.warm();
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.on(signal, () => {
        if (service.isStopping) endBy(signal);
        process.stderr.write(`stopping: work has ${settings.drain} s to end; again to stop at once\n`);
        void service.stop(settings.drain).then(resolve);
      });
  });
}

/** A copy of the model that ships, once made: its bank can be edited, and a package stays as it is. */
async function drawingsFolder(): Promise<string> {
  const folder = join("runs", "drawings");
  if (isRunFolder(folder)) return folder;
  const shipped = join(dirname(fileURLToPath(import.meta.resolve("@gmem/drawings/package.json"))), "model");
  await newFolder(folder, (draft) => cp(shipped, draft, { recursive: true }));
  process.stderr.write(`copied the drawings model to ${folder} (${invocationOf("gmem-serve")} RUN serves another)\n`);
  return folder;
}
