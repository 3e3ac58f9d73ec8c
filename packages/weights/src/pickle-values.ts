/** What a pickle can hold. Lists, tuples and sets are arrays, dictionaries are maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickleClass
  | PickleObject
  | PickleRecord
  | TorchStorage
  | TorchTensor;

/** A class or function by its name; nothing of it exists here. */
export class PickleClass {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** What a class that is not data here would have given: its name, and the items of one that is filled like a dictionary. */
export class PickleObject {
  readonly name: string;
  items: Map<PickleValue, PickleValue> | undefined;
  constructor(name: string) {
    this.name = name;
  }
}

/** An object that is only its attributes, such as `argparse.Namespace`. */
export class PickleRecord {
  fields: Map<PickleValue, PickleValue> = new Map();
}

/** A run of elements that tensors share. */
export class TorchStorage {
  /** Element type by the names of safetensors; undefined for bytes, whose type each tensor says. */
  readonly dtype: string | undefined;
  /** Bytes of one element. */
  readonly width: number;
  readonly key: string;
  /** Elements. */
  readonly length: number;
  /** First element inside the stored run of that key. */
  readonly offset: number;
  constructor(
    type: { readonly dtype: string | undefined; readonly width: number },
    key: string,
    place: { readonly length: number; readonly offset: number },
  ) {
    this.dtype = type.dtype;
    this.width = type.width;
    this.key = key;
    this.length = place.length;
    this.offset = place.offset;
  }
}

/** What torch has put off until a tensor is read, by its own words. */
export type TorchLazy = "neg" | "conj" | (string & {});

/** A view into a storage, in elements of its own type: element (i, j, …) is at offset + i·strides[0] + j·strides[1] + … */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly dtype: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly lazy: readonly TorchLazy[];
  constructor(storage: TorchStorage, view: Omit<TorchTensor, "storage">) {
    this.storage = storage;
    this.dtype = view.dtype;
    this.offset = view.offset;
    this.shape = view.shape;
    this.strides = view.strides;
    this.lazy = view.lazy;
  }
}
