import { testQueue } from "@gmem/testing";
import { expect, it } from "vitest";
import { inProcessQueue } from "./in-process-queue.ts";

testQueue("in process", () => inProcessQueue());

it("says that it was closed", async () => {
  const queue = inProcessQueue();
  await queue.close();
  await expect(queue.add([])).rejects.toThrow(/must be open/);
});
