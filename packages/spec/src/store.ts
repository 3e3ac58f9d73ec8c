/** Bytes start … end of an object, `end` left out of them: 0 ≤ start < end ≤ size. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a store says of an object without reading it. */
export interface StoredObject {
  readonly size: number;
}

/**
 * Bytes by key, shared by all machines that work together: a folder, a bucket. Keys are parts of letters, digits and
 * `. _ = -` joined by `/`, such as "jobs/ab12/shards/00007.json"; no part begins with a dot, and no key is the folder of another.
 * An object is there whole or not at all, and who writes last is read from then on.
 */
export interface Store {
  /** What people read in messages, such as "directory:/data/store" or "s3:bucket/prefix"; never a credential. */
  readonly name: string;
  /**
   * The object, or a part of it; undefined if there is none.
   * @throws {GMemError} code `STORE` for a range outside the object.
   */
  get(key: string, range?: ByteRange): Promise<Uint8Array | undefined>;
  /** Writes the object in place of what bore the key before. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /**
   * Writes the object unless the key is taken, of many at once one.
   * @returns whether it was written; after a lost answer also false if an earlier try of this call wrote it.
   */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean>;
  head(key: string): Promise<StoredObject | undefined>;
  /** The keys that begin with a prefix, by the order of their bytes. */
  list(prefix: string): AsyncIterable<string>;
  /** Removes the object; one that is not there is no error. */
  delete(key: string): Promise<void>;
}
