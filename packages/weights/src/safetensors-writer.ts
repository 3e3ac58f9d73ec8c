import { type Aval, type Named, type NDArray, ShapeError, sameShape } from "@gmem/tensor";
import { type AtomicFile, atomicFile } from "./atomic-file.ts";
import { writeBytes } from "./bytes-io.ts";
import { byteLength, elements, encode, type FileDType, type FloatStorage, fileDType } from "./element.ts";
import { checkHalfRange } from "./half-range.ts";
import { fileError, WeightsError } from "./weights-error.ts";

export interface WriteOptions {
  readonly metadata?: Named<string>;
  /** How f32 arrays are stored; default "f32". */
  readonly floats?: FloatStorage;
}

interface Slot {
  readonly aval: Aval;
  readonly as: FileDType;
  readonly end: number;
  position: number;
}

/**
 * Writes a safetensors file whose tensors need not fit in memory: shapes first, then rows in order. Tensors may take
 * turns. The file appears under its name with {@link SafetensorsWriter.close}, complete or not at all.
 * @example
 * const writer = await SafetensorsWriter.create("bank.safetensors", { snippets: f32(4, 2) });
 * await writer.append("snippets", array([1, 0, 0, 1], [2, 2]));
 * await writer.append("snippets", array([1, 0, 0, 1], [2, 2]));
 * await writer.close();
 */
export class SafetensorsWriter {
  readonly path: string;
  readonly #file: AtomicFile;
  readonly #slots: ReadonlyMap<string, Slot>;

  private constructor(path: string, file: AtomicFile, slots: ReadonlyMap<string, Slot>) {
    this.path = path;
    this.#file = file;
    this.#slots = slots;
  }

  /**
   * Begins a file of tensors with these element types and shapes.
   * @throws {WeightsError} code `DISK_FULL` or `WEIGHTS`
   */
  static async create(path: string, tensors: Named<Aval>, options: WriteOptions = {}): Promise<SafetensorsWriter> {
    const { header, slots } = layout(path, tensors, options);
    const file = await atomicFile(path);
    const writer = new SafetensorsWriter(path, file, slots);
    await writer.#put(header, 0);
    return writer;
  }

  /**
   * Appends rows of the first axis; a scalar is written whole. After an error the file is gone and the writer done.
   * @throws {ShapeError} if the rows do not fit the tensor. @throws {WeightsError} code `DISK_FULL` or `WEIGHTS`
   * @throws {GMemError} code `NON_FINITE` for a number that half precision would make infinite.
   */
  async append(name: string, rows: NDArray): Promise<void> {
    const slot = this.#slots.get(name);
    if (!slot)
      throw new WeightsError("WEIGHTS", {
        file: this.path,
        rule: "tensors must be announced to create()",
        found: `"${name}"`,
      });
    const { aval, as } = slot;
    const isFit =
      rows.dtype === aval.dtype &&
      rows.shape.length === aval.shape.length &&
      sameShape(rows.shape.slice(1), aval.shape.slice(1));
    const length = rows.data.length * elements[as].bytes;
    if (!isFit || slot.position + length > slot.end)
      throw new ShapeError(`${this.path}: append "${name}"`, `rows must be ${aval.dtype} and fit what is left`, [
        aval.shape,
        rows.shape,
      ]);
    if (as === "F16" && rows.dtype === "f32") checkHalfRange(`${this.path}: "${name}"`, rows);
    const at = slot.position;
    slot.position += length;
    await this.#put(encode(rows.data, as), at);
  }

  /** Checks that every row is there, flushes, and gives the file its name. @throws {WeightsError} */
  async close(): Promise<void> {
    for (const [name, { position, end }] of this.#slots)
      if (position !== end) {
        await this.abort();
        throw new WeightsError("WEIGHTS", {
          file: this.path,
          rule: `every row of "${name}" must be written before close()`,
          found: `${end - position} bytes less`,
        });
      }
    await this.#file.commit();
  }

  /** Gives up: the temporary file is removed, an older file of that name stays. */
  abort(): Promise<void> {
    return this.#file.abort();
  }

  async #put(bytes: Uint8Array, position: number): Promise<void> {
    try {
      await writeBytes(this.#file.handle, bytes, position);
    } catch (cause) {
      await this.abort();
      throw fileError(this.path, "write", cause);
    }
  }
}

/** The header's bytes and each tensor's place: widest element first, so that every tensor is aligned. */
function layout(
  path: string,
  tensors: Named<Aval>,
  options: WriteOptions,
): { header: Uint8Array; slots: Map<string, Slot> } {
  const { metadata, floats = "f32" } = options;
  const wide = ([, { dtype }]: [string, Aval]): number => elements[fileDType(dtype, floats)].bytes;
  const ordered = Object.entries(tensors).sort((a, b) => wide(b) - wide(a) || (a[0] < b[0] ? -1 : 1));
  const entries: [string, unknown][] = metadata && Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  const places: [string, Aval, FileDType, number, number][] = [];
  let at = 0;
  for (const [name, aval] of ordered) {
    const as = fileDType(aval.dtype, floats);
    const length = byteLength(as, aval.shape);
    if (name === "__metadata__" || name === "__proto__" || length === undefined)
      throw new WeightsError("WEIGHTS", {
        file: path,
        rule: "tensors have names other than __metadata__ and __proto__, and below 2^53 bytes",
        found: `"${name}" [${aval.shape}]`,
      });
    entries.push([name, { dtype: as, shape: aval.shape, data_offsets: [at, at + length] }]);
    places.push([name, aval, as, at, at + length]);
    at += length;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const padded = Math.ceil(text.length / 8) * 8;
  const header = new Uint8Array(8 + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(text, 8);
  const slots = new Map(
    places.map(([name, aval, as, start, end]) => [
      name,
      { aval, as, position: header.length + start, end: header.length + end },
    ]),
  );
  return { header, slots };
}
