import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isGMemError } from "@gmem/tensor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cifar10 } from "./index.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gmem-cifar-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const records = (...labels: number[]): Uint8Array =>
  Uint8Array.from(labels.flatMap((label) => [label, ...Array.from({ length: 3072 }, (_, i) => (i + label) % 256)]));

describe("cifar10", () => {
  it("reads labels and channel planes of all training batches in order, or of the test batch", async () => {
    await writeFile(join(folder, "data_batch_2.bin"), records(3));
    await writeFile(join(folder, "data_batch_1.bin"), records(9, 0));
    await writeFile(join(folder, "test_batch.bin"), records(5));
    const train = await cifar10(folder);
    expect([...train.labels]).toEqual([9, 0, 3]);
    const { image, label, id } = await train.at(0);
    expect([image.shape, label, id]).toEqual([[3, 32, 32], 9, "data_batch_1:0"]);
    expect(image.data[1024]).toBe(Math.fround((1033 % 256) / 255));
    expect([...(await cifar10(folder, { part: "test" })).labels]).toEqual([5]);
    expect((await cifar10(join(folder, "data_batch_2.bin"))).length).toBe(1);
    expect(train.classes[9]).toBe("truck");
    const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    await writeFile(join(folder, "batches.meta.txt"), `${names.join("\n")}\n\n`);
    expect((await cifar10(folder)).classes).toEqual(names);
  });

  it("refuses truncated files, other files and missing ones with typed errors", async () => {
    await expect(cifar10(folder)).rejects.toThrow(/must hold data_batch_1.bin/);
    await expect(cifar10(join(folder, "no"))).rejects.toSatisfy((error) => isGMemError(error, "DATA"));
    await writeFile(join(folder, "test_batch.bin"), records(5, 6).subarray(0, 5000));
    await expect(cifar10(folder, { part: "test" })).rejects.toThrow(/whole records of 3073 bytes, got 5000 bytes/);
    await writeFile(join(folder, "test_batch.bin"), records(5, 77));
    await expect(cifar10(folder, { part: "test" })).rejects.toThrow(/must be 0…9, got 77 in record 1/);
    await writeFile(join(folder, "test_batch.bin"), "");
    await expect(cifar10(folder, { part: "test" })).rejects.toSatisfy((error) => isGMemError(error, "FORMAT"));
  });
});
