import { availableParallelism } from "node:os";
import { f32, GMemError, trace } from "@gmem/tensor";
import { type Device, profiles } from "../profile.ts";
import { runProgram } from "../program.ts";
import { sessionOptions } from "../session-options.ts";
import { unavailable } from "../unavailable.ts";
import { WorkerLink } from "../worker-link.ts";

/** Starts a worker whose device has computed a test program rightly. */
export async function openWorker(
  where: string,
  { device, threads = availableParallelism() }: { readonly device: Device; readonly threads?: number | undefined },
): Promise<WorkerLink> {
  if (!Number.isInteger(threads) || threads < 1)
    throw new GMemError("CONFIG", `${where}: threads must be a whole number from 1, got ${threads}`);
  const probe = trace({ feeds: { x: f32(3) }, state: { s: f32(3) } }, ({ feeds, state }) => ({
    fetches: {},
    nextState: { s: state.s.add(feeds.x) },
  }));
  const link = new WorkerLink(profiles[device].name, {
    device,
    probe: runProgram(probe, profiles[device]),
    sessionOptions: sessionOptions(device, { threads, spinning: false }),
  });
  try {
    await link.request(() => ({ type: "open" }));
  } catch (error) {
    await link.terminate();
    throw unavailable(device, error as Error);
  }
  return link;
}
