import type { Served } from "../served.ts";
import { pause } from "./client.ts";

/** What Node is started with: garbage goes when SIGUSR2 comes, so that memory is what is held, not what waits to be freed. */
export const collects = ["--expose-gc", "--import", 'data:text/javascript,process.on("SIGUSR2", () => gc())'];

/** A server that was started so, after it let go of its garbage. */
export async function collected({ child }: Served): Promise<void> {
  child.kill("SIGUSR2");
  await pause(100);
}
