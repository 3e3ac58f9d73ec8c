const text = new TextEncoder();

/** A number as a base-128 varint; negative numbers take ten bytes, as protobuf's int64 does. */
function pushVarint(bytes: number[], value: number): void {
  if (value < 0) {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
    return;
  }
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
}

/**
 * One protobuf message in the making. Fields are written in call order; nested messages and large byte fields are kept
 * by reference, so nothing is copied before {@link Message.finish}.
 */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #tail: number[] = [];
  #flushed = 0;

  /** Length in bytes so far. */
  get size(): number {
    return this.#flushed + this.#tail.length;
  }

  /** An int32, int64, bool or enum field. The value must be a safe integer. */
  int(field: number, value: number): this {
    pushVarint(this.#tail, field * 8);
    pushVarint(this.#tail, value);
    return this;
  }

  float(field: number, value: number): this {
    pushVarint(this.#tail, field * 8 + 5);
    this.#tail.push(...new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, text.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#open(field, value.length);
    if (value.length < 64) this.#tail.push(...value);
    else this.#append([value], value.length);
    return this;
  }

  /** A nested message, which must not grow any more. */
  message(field: number, value: Message): this {
    this.#open(field, value.size);
    if (value.size < 256) this.#tail.push(...value.finish());
    else this.#append(value.parts(), value.size);
    return this;
  }

  /** The encoded message in pieces, for writing to a file without joining them. */
  parts(): readonly Uint8Array[] {
    if (this.#tail.length > 0) this.#append([], 0);
    return this.#parts;
  }

  /** The encoded message. */
  finish(): Uint8Array {
    const all = new Uint8Array(this.size);
    let at = 0;
    for (const part of this.parts()) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  #open(field: number, length: number): void {
    pushVarint(this.#tail, field * 8 + 2);
    pushVarint(this.#tail, length);
  }

  #append(parts: readonly Uint8Array[], length: number): void {
    this.#parts.push(Uint8Array.from(this.#tail), ...parts);
    this.#flushed += this.#tail.length + length;
    this.#tail = [];
  }
}
