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

/** An empty log. Steps before the last 64 are forgotten, other events never. */
export function eventLog(): EventLog {
  const kept: JobEvent[] = [];
  const hearing = new Set<(event: JobEvent) => void>();
  let last = 0;
  return {
    add(type, data) {
      const event = { id: ++last, type, data };
      kept.push(event);
      const steps = kept.filter((one) => one.type === "step");
      if (steps.length > keptSteps) kept.splice(kept.indexOf(steps[0] as JobEvent), 1);
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
