import type { Device } from "./profile.ts";

/** What sessions on a device are created with. */
export function sessionOptions(
  device: Device,
  { threads, spinning }: { readonly threads: number; readonly spinning: boolean },
): Readonly<Record<string, unknown>> {
  return {
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    graphOptimizationLevel: "basic", // fusions of the higher levels gain nothing here and cost start-up
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableCpuMemArena: true,
    enableMemPattern: false, // its planned block comes on top of what the first run has taken, and saves no time
    logSeverityLevel: 3,
    extra: {
      session: {
        set_denormal_as_zero: "1", // decayed moments and averages end in denormals, which are slow
        intra_op: { allow_spinning: spinning ? "1" : "0" },
      },
    },
  };
}
