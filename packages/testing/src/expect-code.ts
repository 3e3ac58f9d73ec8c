import { isGMemError } from "@gmem/tensor";
import { expect } from "vitest";

/** Expects a rejection with a GMemError, of one code when it is given; a message that reads `where: rule`. */
export async function expectRejection(action: () => Promise<unknown>, code?: string): Promise<void> {
  const outcome = await action().then(
    () => ({ error: undefined }),
    (error: unknown) => ({ error }),
  );
  expect(outcome.error, "the call must reject").toBeDefined();
  expect(isGMemError(outcome.error), `a GMemError, got ${outcome.error}`).toBe(true);
  if (code !== undefined) expect((outcome.error as { code: string }).code).toBe(code);
  expect((outcome.error as Error).message).toMatch(/^.+: ./);
}
