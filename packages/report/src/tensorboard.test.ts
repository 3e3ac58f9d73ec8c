import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { crc32c } from "./crc32c.ts";
import { eventWriter } from "./tensorboard.ts";

describe("TensorBoard events", () => {
  it("has the checksum of the CRC-32C catalogue", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  });

  it("writes records whose lengths chain to the end of the file and that hold the tag and the value", () => {
    const events = eventWriter(mkdtempSync(join(tmpdir(), "gmem-")), () => 1_700_000_000_000);
    events.scalar("loss", 0.25, 300);
    events.image("samples", Uint8Array.of(1, 2, 3), { step: 300, width: 4, height: 5 });
    const file = readFileSync(events.file);
    const records: Buffer[] = [];
    let at = 0;
    while (at < file.length) {
      const length = Number(file.readBigUInt64LE(at));
      records.push(file.subarray(at + 12, at + 12 + length));
      at += 16 + length;
    }
    expect(at).toBe(file.length);
    expect(records).toHaveLength(3);
    expect(records[0]?.toString("latin1")).toContain("brain.Event:2");
    // field 2 of the value is a float with wire type 5
    const scalar = records[1] as Buffer;
    const tag = scalar.indexOf("loss");
    expect(scalar.readFloatLE(tag + 5)).toBe(0.25);
    expect(scalar.subarray(9, 12)).toEqual(Buffer.from([0x10, 0xac, 0x02])); // step 300
  });

  it("starts a session where a process goes on, which voids the steps after it", () => {
    const events = eventWriter(mkdtempSync(join(tmpdir(), "gmem-")), () => 1_700_000_000_000);
    const before = readFileSync(events.file).length;
    events.startAfter(300);
    const record = readFileSync(events.file).subarray(before);
    // an Event's step 301 (field 2) and session log (field 7) with status START (field 1 is 1)
    expect(record.subarray(12 + 9, -4)).toEqual(Buffer.from([0x10, 0xad, 0x02, 0x3a, 0x02, 0x08, 0x01]));
  });
});
