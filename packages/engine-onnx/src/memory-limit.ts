import { readFileSync } from "node:fs";
import { freemem } from "node:os";
import { GMemError, type Graph } from "@gmem/tensor";
import { estimateMemory } from "./estimate-memory.ts";

/** Bytes that this process may still take: the machine's free memory, or what its container leaves, if that is less. */
export function availableMemory(): number {
  const left = containerMemory();
  return Math.min(machineMemory(), left ?? Number.POSITIVE_INFINITY);
}

/** On Linux the kernel's own estimate, which counts file caches as free. */
function machineMemory(): number {
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(textOf("/proc/meminfo") ?? "");
  return available ? Number(available[1]) * 1024 : freemem();
}

/** What is left below the limit of a Linux control group (version 2, then 1). */
function containerMemory(): number | undefined {
  const pairs = [
    ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.stat"],
    [
      "/sys/fs/cgroup/memory/memory.limit_in_bytes",
      "/sys/fs/cgroup/memory/memory.usage_in_bytes",
      "/sys/fs/cgroup/memory/memory.stat",
    ],
  ] as const;
  for (const [limitFile, usageFile, statFile] of pairs) {
    const limit = Number(textOf(limitFile));
    const usage = Number(textOf(usageFile));
    if (!(limit > 0) || !Number.isFinite(limit) || !Number.isFinite(usage)) continue;
    const cache = Number(/^inactive_file (\d+)$/m.exec(textOf(statFile) ?? "")?.[1] ?? 0);
    return Math.max(0, limit - usage + cache);
  }
  return undefined;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined; // not Linux, or not in a container
  }
}

/**
 * Refuses a graph that cannot fit, before anything is allocated. State is held already and not counted.
 * @throws {GMemError} code `OUT_OF_MEMORY` with the estimate, the limit and what to lower.
 */
export function checkMemory(graph: Graph, limit: number): void {
  const { total, state, activations } = estimateMemory(graph);
  const needed = 1.1 * (total - state); // the runtime's allocator leaves gaps
  if (needed <= limit) return;
  const size = (bytes: number): string => `${(bytes / 2 ** 20).toPrecision(3)} MiB`;
  throw new GMemError(
    "OUT_OF_MEMORY",
    `compile: a run needs about ${size(needed)} (intermediate values ${size(activations)}) beside its state, and ` +
      `${size(limit)} are available; lower the batch size, use a smaller model, or wrap blocks in recomputed()`,
  );
}
