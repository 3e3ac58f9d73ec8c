import { availableParallelism } from "node:os";
import { onnxEngine } from "@gmem/engine-onnx";
import type { Engine } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";

/**
 * The engine that a configuration asks for.
 * @param options.niceness How far onnxruntime's threads give way to others of this process (`onnxEngine`).
 * @throws {GMemError} code `BACKEND_UNAVAILABLE` if this machine has none.
 */
export async function openEngine(
  { kind, device, threads }: Omit<RunConfig["engine"], "precision">,
  options: { readonly niceness?: number } = {},
): Promise<Engine> {
  if (kind === "tfjs") return (await import("@gmem/engine-tfjs")).tfjsNodeGpu();
  return onnxEngine({ device, ...options, ...(threads === null ? {} : { threads }) });
}

/**
 * One for each worker of this process: with exchange=rounds as many as its cores have room for, since other processes may
 * have the rest.
 * @throws {GMemError} as {@link openEngine}, with none left open.
 */
export async function openEngines(
  config: Pick<RunConfig, "workers" | "exchange" | "engine">,
): Promise<readonly [Engine, ...Engine[]]> {
  const { engine } = config;
  const opened = [await openEngine(engine)] as [Engine, ...Engine[]];
  try {
    while (opened.length < enginesOf(config)) opened.push(await openEngine(engine));
    return opened;
  } catch (error) {
    for (const one of opened) await one.dispose();
    throw error;
  }
}

function enginesOf({ workers, exchange, engine }: Pick<RunConfig, "workers" | "exchange" | "engine">): number {
  if (exchange === "exact") return workers;
  if (engine.kind !== "onnx" || engine.device !== "cpu" || engine.threads === null) return 1;
  return Math.min(workers, Math.floor(availableParallelism() / engine.threads));
}
