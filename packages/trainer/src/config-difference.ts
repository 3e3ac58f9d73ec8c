import type { Json } from "./checkpoint.ts";

/** The first difference between two configurations, as "optimizer.lr was 1 and is 2", or nothing. */
export function configDifference(before: Json, now: Json, at = ""): string | undefined {
  if (Object.is(before, now)) return undefined;
  if (isRecord(before) && isRecord(now)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
      const found = configDifference(before[name] ?? null, now[name] ?? null, at === "" ? name : `${at}.${name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const [a, b] = [JSON.stringify(before), JSON.stringify(now)];
  return a === b ? undefined : `${at === "" ? "the configuration" : at} was ${a} and is ${b}`;
}

const isRecord = (value: Json): value is { readonly [name: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
