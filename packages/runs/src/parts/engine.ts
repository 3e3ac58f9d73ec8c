import { onnxEngine } from "@gmem/engine-onnx";
import type { Engine } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";

/** The engine that a configuration asks for. @throws {GMemError} code `BACKEND_UNAVAILABLE` if this machine has none. */
export async function openEngine({ kind, device, threads }: RunConfig["engine"]): Promise<Engine> {
  if (kind === "tfjs") return (await import("@gmem/engine-tfjs")).tfjsNodeGpu();
  return onnxEngine({ device, ...(threads === null ? {} : { threads }) });
}

/** One for each worker. @throws {GMemError} as {@link openEngine}, with none left open. */
export async function openEngines({
  workers,
  engine,
}: Pick<RunConfig, "workers" | "engine">): Promise<readonly [Engine, ...Engine[]]> {
  const opened = [await openEngine(engine)] as [Engine, ...Engine[]];
  try {
    while (opened.length < workers) opened.push(await openEngine(engine));
    return opened;
  } catch (error) {
    for (const one of opened) await one.dispose();
    throw error;
  }
}
