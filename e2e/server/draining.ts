import { clientOf, jsonOf, pause } from "../load/client.ts";
import { must } from "../must.ts";
import { served } from "../served.ts";
import type { Steps } from "../steps.ts";

/** SIGTERM: what is drawn is drawn to its end, what comes later is sent away. */
export async function draining({ step }: Pick<Steps, "step">, folder: string): Promise<void> {
  await step("a server that is told to stop lets its work end, and takes no more", async () => {
    const server = await served(folder, { args: ["runs/tiny", "--slots", "2"] });
    const client = clientOf(server.url);
    try {
      const waiting = client.ask("/v1/samples?wait=true", { body: { count: 16, steps: 250 } });
      while (jsonOf(await client.ask("/readyz")).running === 0) await pause(5);
      const code = server.close();
      let late = 200;
      while (late === 200) late = (await client.ask("/readyz")).status;
      const refused = await client.ask("/v1/samples", { body: {} });
      must(late === 503 && refused.status === 503, `later requests must get 503, got ${late} and ${refused.status}`);
      const { status, body } = await waiting;
      must(status === 200, `work must end, got ${status}: ${body}`);
      const { images } = JSON.parse(body.toString("utf8")) as { images: unknown[] };
      must((await code) === 0, `the exit code must be 0, got ${await code}`);
      return `${images.length} pictures`;
    } finally {
      client.close();
      await server.close();
    }
  });
  await step("told so twice it ends amid its work, as the signal ends a program", async () => {
    const server = await served(folder, { args: ["runs/tiny", "--slots", "2"] });
    const client = clientOf(server.url);
    try {
      client.ask("/v1/samples?wait=true", { body: { count: 16, steps: 250 } }).catch(() => undefined); // its socket is cut
      while (jsonOf(await client.ask("/readyz")).running === 0) await pause(5);
      server.child.kill("SIGTERM");
      while ((await client.ask("/readyz")).status === 200) await pause(5);
      await server.close();
      const { signalCode } = server.child;
      must(signalCode === "SIGTERM", `the process must end by SIGTERM, got ${signalCode ?? server.child.exitCode}`);
      return "";
    } finally {
      client.close();
      await server.close();
    }
  });
}
