import { appendFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { crc32c } from "./crc32c.ts";

/** A TensorBoard event file: scalars and images, appended record by record so that a crash loses nothing written. */
export interface EventWriter {
  readonly file: string;
  /** A process that goes on after `step`, 0 at the start: what earlier files of the folder hold of later steps is void. */
  startAfter(step: number): void;
  scalar(tag: string, value: number, step: number): void;
  image(
    tag: string,
    png: Uint8Array,
    at: { readonly step: number; readonly width: number; readonly height: number },
  ): void;
}

/** Opens `events.out.tfevents.*` in a run folder. */
export function eventWriter(folder: string, now: () => number = Date.now): EventWriter {
  const file = join(folder, `events.out.tfevents.${Math.floor(now() / 1000)}.${hostname()}`);
  const write = (event: Uint8Array): void => appendFileSync(file, record(event));
  write(message(double(1, now() / 1000), text(3, "brain.Event:2")));
  const summary = (value: Uint8Array, step: number): void =>
    write(message(double(1, now() / 1000), varint(2, step), bytes(5, message(bytes(1, value)))));
  return {
    file,
    startAfter: (step) =>
      write(message(double(1, now() / 1000), varint(2, step + 1), bytes(7, varint(1, sessionStart)))),
    scalar: (tag, value, step) => summary(message(text(1, tag), float(2, value)), step),
    image(tag, png, { step, width, height }) {
      const image = message(varint(1, height), varint(2, width), varint(3, 3), bytes(4, png));
      summary(message(text(1, tag), bytes(4, image)), step);
    },
  };
}

/** `SessionLog.START`, from whose step on TensorBoard forgets what came before. */
const sessionStart = 1;

/** One TFRecord: length, masked CRC of the length, data, masked CRC of the data. */
function record(data: Uint8Array): Uint8Array {
  const out = Buffer.alloc(data.length + 16);
  out.writeBigUInt64LE(BigInt(data.length), 0);
  out.writeUInt32LE(masked(out.subarray(0, 8)), 8);
  out.set(data, 12);
  out.writeUInt32LE(masked(data), 12 + data.length);
  return out;
}

const masked = (data: Uint8Array): number => {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

// the protocol buffers wire format, as far as an Event needs it
const message = (...fields: readonly Uint8Array[]): Uint8Array => Buffer.concat(fields);

function base128(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.of(...out, rest);
}
const varint = (field: number, value: number): Uint8Array => Buffer.concat([base128(field << 3), base128(value)]);
const bytes = (field: number, value: Uint8Array): Uint8Array =>
  Buffer.concat([base128((field << 3) | 2), base128(value.length), value]);
const text = (field: number, value: string): Uint8Array => bytes(field, Buffer.from(value, "utf8"));
function float(field: number, value: number): Uint8Array {
  const out = Buffer.alloc(5);
  out.writeUInt8((field << 3) | 5, 0);
  out.writeFloatLE(value, 1);
  return out;
}
function double(field: number, value: number): Uint8Array {
  const out = Buffer.alloc(9);
  out.writeUInt8((field << 3) | 1, 0);
  out.writeDoubleLE(value, 1);
  return out;
}
