/** What networks of a job run on: decides its bits, and which workers can compute it. */
export const engines = ["cpu", "webgpu", "cuda"] as const;
export type Engine = (typeof engines)[number];

interface WithEngine {
  readonly engine?: { readonly device?: string };
}

/** The engine of what is asked for, or of the settings of a job: theirs, or that of the configuration among them. */
export function engineOf(settings: unknown): Engine {
  const { engine, config } = (settings ?? {}) as WithEngine & { readonly config?: WithEngine };
  const device = engine?.device ?? config?.engine?.device;
  return engines.find((one) => one === device) ?? "cpu";
}
