import { type Client, pause, quantile } from "./client.ts";

export interface Flood {
  readonly asked: number;
  /** Of these, in places that became free. */
  readonly accepted: number;
  /** Of 429, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Steps of the network a second under the flood, of those without it. */
  readonly pace: number;
  /** Requests a second that were sent. */
  readonly rate: number;
  /** Of the time of processors that server and client took, the client's. */
  readonly share: number;
  readonly faults: readonly string[];
}

interface Window {
  readonly seconds: number;
  readonly steps: number;
  readonly cpu: number;
}

/** Fills the queue with work, and then asks for more, so many times a second. */
export async function flood(
  client: Client,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<Flood> {
  const long = { count: 64, steps: 250, keep: true };
  for (let status = 202; status !== 429; ) status = (await client.ask("/v1/samples", { body: long })).status;
  const quiet = await during(client, () => pause(1000 * seconds));
  const faults: string[] = [];
  const ms: number[] = [];
  let sent = 0;
  let accepted = 0;
  const [own, start] = [process.cpuUsage(), performance.now()];
  const loud = await during(client, async () => {
    const open: Promise<void>[] = [];
    while (performance.now() - start < 1000 * seconds) {
      const due = Math.floor(((performance.now() - start) * rate) / 1000);
      for (; sent < due; sent++)
        open.push(
          client.ask("/v1/samples", { body: { seed: sent } }).then(({ status, ms: took }) => {
            if (status === 429) ms.push(took);
            else if (status === 202)
              accepted++; // in place of one that began
            else faults.push(`${status} where the queue is full`);
          }),
        );
      await pause(1);
    }
    await Promise.all(open);
  });
  const { user, system } = process.cpuUsage(own);
  const mine = (user + system) / 1e6;
  await client.ask("/v1/jobs", { method: "DELETE" });
  return {
    asked: sent,
    accepted,
    p50: quantile(ms, 0.5),
    p99: quantile(ms, 0.99),
    pace: loud.steps / loud.seconds / (quiet.steps / quiet.seconds),
    rate: sent / loud.seconds,
    share: mine / (mine + loud.cpu),
    faults: [...new Set(faults)],
  };
}

/** What a server does meanwhile. */
async function during(client: Client, work: () => Promise<unknown>): Promise<Window> {
  const read = async () => {
    const metrics = await client.metrics();
    const steps = [...metrics].find(([name]) => name.startsWith("gmem_steps"))?.[1] ?? 0;
    return { steps, cpu: metrics.get("process_cpu_seconds_total") ?? 0, at: performance.now() };
  };
  const before = await read();
  await work();
  const after = await read();
  return { seconds: (after.at - before.at) / 1000, steps: after.steps - before.steps, cpu: after.cpu - before.cpu };
}
