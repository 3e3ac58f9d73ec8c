import { join } from "node:path";
import { type Consumer, consumer } from "./consumer.ts";
import type { Registry } from "./registry.ts";

/** The projects that live through the releases. */
export interface Consumers {
  /** One package, with npm. */
  readonly single: Consumer;
  /** Packages that meet in a program, with npm; `@gmem/tensor` among them. */
  readonly parts: Consumer;
  /** The same with pnpm, which is strict about peers. */
  readonly strict: Consumer;
  /** `gmem`, with npm. */
  readonly umbrella: Consumer;
  /** `@gmem/drawings`, with npm. */
  readonly drawings: Consumer;
  /** Everything that is published, with npm. */
  readonly all: Consumer;
}

/** Packages of `parts` and `strict`. */
export const parts = ["@gmem/backbones", "@gmem/memory-bank", "@gmem/tensor"] as const;

export async function openConsumers(folder: string, registry: Registry): Promise<Consumers> {
  const open = (name: string, manager: "npm" | "pnpm" = "npm"): Promise<Consumer> =>
    consumer(manager, join(folder, name), registry);
  return {
    single: await open("single"),
    parts: await open("parts"),
    strict: await open("strict", "pnpm"),
    umbrella: await open("umbrella"),
    drawings: await open("drawings"),
    all: await open("all"),
  };
}
