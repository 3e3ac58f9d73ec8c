import { readBytesSync } from "./bytes-io.ts";
import { WeightsError } from "./weights-error.ts";
import type { OpenFile } from "./zip-directory.ts";

const window = 65536;

/** The bytes of one or more pickles, taken from memory or from a file in pieces; never past its end. */
export class PickleInput {
  readonly file: string;
  readonly size: number;
  readonly #fd: number | undefined;
  #bytes: Uint8Array;
  /** Where `#bytes` begins in the file. */
  #base = 0;
  #at = 0;

  constructor(source: OpenFile | { readonly bytes: Uint8Array; readonly file: string }) {
    this.file = source.file;
    this.#fd = "fd" in source ? source.fd : undefined;
    this.#bytes = "bytes" in source ? source.bytes : new Uint8Array(0);
    this.size = "bytes" in source ? source.bytes.length : source.size;
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.#base + this.#at;
  }

  byte(): number {
    if (this.#at >= this.#bytes.length) this.#fill(1);
    return this.#bytes[this.#at++] as number;
  }

  /** The next `length` bytes; a view that the next call may invalidate. */
  take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) this.#fill(length);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  view(length: number): DataView {
    const bytes = this.take(length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  /** Text up to the next line feed, which is at most 4096 bytes away. */
  line(): string {
    const bytes: number[] = [];
    for (let next = this.byte(); next !== 10; next = this.byte()) {
      if (bytes.length === 4096) throw this.failure("lines have at most 4096 bytes", "a longer one");
      bytes.push(next);
    }
    return new TextDecoder().decode(Uint8Array.from(bytes));
  }

  text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  failure(rule: string, found: string): WeightsError {
    return new WeightsError("FORMAT", { file: this.file, rule: `pickle: ${rule}`, found });
  }

  #fill(length: number): void {
    const start = this.position;
    if (length > this.size - start)
      throw this.failure(
        "it must end inside the file, which may be truncated: fetch it again",
        `${length} bytes at ${start} of ${this.size}`,
      );
    const end = Math.min(this.size, start + Math.max(length, window));
    this.#bytes = readBytesSync(this.#fd as number, { start, end, file: this.file });
    this.#base = start;
    this.#at = 0;
  }
}
