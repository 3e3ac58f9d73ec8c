/** One event of a job, with its number. */
export interface JobEvent {
  readonly id: number;
  readonly type: "queued" | "started" | "step" | "done" | "failed" | "cancelled";
  readonly data: Readonly<Record<string, unknown>>;
}

/** Events of a job: numbered, listened to, and played back. */
export interface EventLog {
  add(type: JobEvent["type"], data: JobEvent["data"]): void;
  /** Those after a number that are kept. */
  after(id: number): readonly JobEvent[];
  /** Hears what comes from now on. @returns what ends it. */
  listen(hear: (event: JobEvent) => void): () => void;
  readonly listeners: number;
}

/** Steps that are kept: pictures on the way are large, and only the last ones are looked at. */
const keptSteps = 64;

/** Milliseconds after its end in which a job's pictures on the way are played back: a client may only be coming. */
const played = 10_000;

const ends: readonly string[] = ["done", "failed", "cancelled"] satisfies JobEvent["type"][];

function withoutPreview(event: JobEvent): JobEvent {
  const { preview: _, ...data } = event.data;
  return { ...event, data };
}

const hasPreview = ({ data }: JobEvent): boolean => data.preview !== undefined;
const isStep = ({ type }: JobEvent): boolean => type === "step";

/** An empty log. Steps before the last 64 are forgotten, and pictures on the way seconds after the job has ended; other events never. */
export function eventLog(): EventLog {
  const kept: JobEvent[] = [];
  const hearing = new Set<(event: JobEvent) => void>();
  let last = 0;
  let steps = 0;
  const letGo = (): void => {
    for (const [i, one] of kept.entries()) if (hasPreview(one)) kept[i] = withoutPreview(one);
  };
  return {
    add(type, data) {
      const event = { id: ++last, type, data };
      kept.push(event);
      if (type === "step" && ++steps > keptSteps) {
        steps--;
        kept.splice(kept.findIndex(isStep), 1);
      }
      if (ends.includes(type) && kept.some(hasPreview)) setTimeout(letGo, played).unref();
      for (const hear of [...hearing]) hear(event);
    },
    after: (id) => kept.filter((event) => event.id > id),
    listen(hear) {
      hearing.add(hear);
      return () => hearing.delete(hear);
    },
    get listeners() {
      return hearing.size;
    },
  };
}
