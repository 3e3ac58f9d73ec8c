import { array } from "@gmem/tensor";
import fc from "fast-check";
import { expect, test } from "vitest";
import { tensorProto, valueInfo } from "./onnx-messages.ts";
import { Message } from "./wire-format.ts";

const hex = (message: Message): string => Buffer.from(message.finish()).toString("hex");

/** Reads one varint: its value as a signed 64-bit integer, and where the next field begins. */
function readVarint(bytes: Uint8Array, start: number): readonly [bigint, number] {
  let value = 0n;
  let at = start;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[at++] as number;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return [BigInt.asIntN(64, value), at];
  }
}

test("the encodings are those of protobuf's documentation", () => {
  expect(hex(new Message().int(1, 150))).toBe("089601");
  expect(hex(new Message().string(2, "testing"))).toBe("120774657374696e67");
  expect(hex(new Message().message(3, new Message().int(1, 150)))).toBe("1a03089601");
  expect(hex(new Message().int(1, -1))).toBe("08ffffffffffffffffff01");
  expect(hex(new Message().float(2, 1))).toBe("150000803f");
});

test("every safe integer comes back", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      const bytes = new Message().int(5, value).finish();
      expect(readVarint(bytes, 1)).toEqual([BigInt(value), bytes.length]);
    }),
  );
});

test("the pieces joined are the message, however large its fields are", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 5 }), (fields) => {
      const inner = new Message();
      for (const field of fields) inner.bytes(1, field);
      const message = new Message().int(1, 7).message(2, inner).int(3, 9);
      const joined = Buffer.concat(message.parts() as Uint8Array[]);
      expect(message.size).toBe(joined.length);
      expect(joined.equals(Buffer.from(message.finish()))).toBe(true);
    }),
  );
});

test("a tensor and a declaration are written as onnx.proto says", () => {
  // dims 2, data_type FLOAT, name "w", raw_data of eight bytes
  expect(hex(tensorProto("w", "f32", [2], array([1, 2]).data))).toBe(
    "0802100142017 74a080000803f00000040".replace(" ", ""),
  );
  // name "x", tensor type INT32 with dimensions "n" and 3
  expect(hex(valueInfo("x", "i32", ["n", 3]))).toBe("0a0178120f0a0d080612090a0312016e0a020803");
});
