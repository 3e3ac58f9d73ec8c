/** What a pickle of the allowed classes can hold. Lists and tuples are arrays, dictionaries are maps. */
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

/** An object that is only its attributes, such as `argparse.Namespace`. */
export class PickleRecord {
  fields: Map<PickleValue, PickleValue> = new Map();
}

/** Element types that torch storages can have, by the names of safetensors. */
export type TorchDType = "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "I16" | "I8" | "U8" | "BOOL";

/** A run of elements that tensors share. */
export class TorchStorage {
  readonly dtype: TorchDType;
  readonly key: string;
  /** Elements. */
  readonly length: number;
  /** First element inside the stored run of that key. */
  readonly offset: number;
  constructor(dtype: TorchDType, key: string, place: { readonly length: number; readonly offset: number }) {
    this.dtype = dtype;
    this.key = key;
    this.length = place.length;
    this.offset = place.offset;
  }
}

/** A view into a storage, in elements: element (i, j, …) is at offset + i·strides[0] + j·strides[1] + … */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(storage: TorchStorage, view: Omit<TorchTensor, "storage">) {
    this.storage = storage;
    this.offset = view.offset;
    this.shape = view.shape;
    this.strides = view.strides;
  }
}
