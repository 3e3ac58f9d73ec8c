import type { SampleBody } from "../api/types.ts";

/** A picture that is kept in this browser. */
export interface Kept {
  readonly id: string;
  /** The picture itself, as a data URL. */
  readonly url: string;
  readonly settings: SampleBody;
  readonly bankVersion: string | null;
  /** Milliseconds. */
  readonly at: number;
}

/** Characters that the browser is trusted with: most give five million. */
const most = 3_500_000;

/** The newest pictures that there is room for, newest first. */
export function withRoom(kept: readonly Kept[], room: number = most): readonly Kept[] {
  let used = 0;
  return kept.filter((one) => {
    used += one.url.length + JSON.stringify(one.settings).length + 200;
    return used <= room;
  });
}

/** Settings in which two pictures differ, by their names. */
export function differences(a: SampleBody, b: SampleBody): readonly string[] {
  const [one, other] = [a, b] as unknown as readonly Readonly<Record<string, unknown>>[];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.filter((name) => JSON.stringify(one?.[name]) !== JSON.stringify(other?.[name]));
}
