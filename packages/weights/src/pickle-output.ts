/** Builds a pickle of protocol 2, the one that every torch reads, also with `weights_only`. */
export class PickleOutput {
  readonly #parts: Uint8Array[] = [Uint8Array.of(0x80, 2)];

  /** Operations and their arguments as they stand. */
  code(...bytes: readonly number[]): this {
    this.#parts.push(Uint8Array.from(bytes));
    return this;
  }

  text(value: string): this {
    const bytes = new TextEncoder().encode(value);
    this.#number(0x58, 4, (view) => view.setUint32(0, bytes.length, true)); // BINUNICODE
    this.#parts.push(bytes);
    return this;
  }

  /** A whole number that is exact becomes an int, any other a float. */
  number(value: number): this {
    if (!Number.isSafeInteger(value) || Object.is(value, -0))
      return this.#number(0x47, 8, (view) => view.setFloat64(0, value));
    if (value === (value & 0xff)) return this.code(0x4b, value); // BININT1
    if (value === (value | 0)) return this.#number(0x4a, 4, (view) => view.setInt32(0, value, true)); // BININT
    return this.code(0x8a).#number(8, 8, (view) => view.setBigInt64(0, BigInt(value), true)); // LONG1
  }

  /** The class or function `module.name`. */
  global(module: string, name: string): this {
    this.#parts.push(new TextEncoder().encode(`c${module}\n${name}\n`));
    return this;
  }

  /** Ends the pickle; it stands for the value on the stack. */
  end(): Uint8Array {
    return new Uint8Array(Buffer.concat([...this.#parts, Uint8Array.of(0x2e)]));
  }

  #number(code: number, bytes: number, set: (view: DataView) => void): this {
    const part = new Uint8Array(1 + bytes);
    part[0] = code;
    set(new DataView(part.buffer, 1));
    this.#parts.push(part);
    return this;
  }
}
