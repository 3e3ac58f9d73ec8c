import { ask } from "./ask.ts";
import { eventsIn, type ServerEvent } from "./events-in.ts";

/** Milliseconds before a stream that broke is asked for again. */
const pause = 500;

/** Hears the events of a job to its end; a stream that breaks goes on after the last event that was heard. */
export async function hear(
  path: string,
  { signal, on }: { readonly signal: AbortSignal; readonly on: (event: ServerEvent) => void },
): Promise<void> {
  let last = "0";
  for (let tries = 0; tries < 20; tries++) {
    try {
      const response = await ask(path, { headers: { "Last-Event-ID": last, Accept: "text/event-stream" }, signal });
      const reader = (response.body as ReadableStream<Uint8Array>)
        .pipeThrough(new TextDecoderStream() as never)
        .getReader();
      let text = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const { events, rest } = eventsIn(text + (part.value as unknown as string));
        text = rest;
        for (const event of events) {
          last = event.id;
          tries = 0;
          on(event);
          if (["done", "failed", "cancelled"].includes(event.type)) return;
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if ((error as { readonly status?: number }).status !== 0) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
