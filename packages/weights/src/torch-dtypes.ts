/** Storages of the element types that can be written, by the names of safetensors. */
export const storages = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
} as const;

interface StorageType {
  readonly dtype: string | undefined;
  readonly width: number;
}

const type = (dtype: string | undefined, width: number): StorageType => ({ dtype, width });
const types: ReadonlyMap<string, StorageType> = new Map([
  ...Object.entries(storages).map(([name, dtype]) => [name, type(dtype, widthOf(dtype))] as const),
  ["ComplexFloatStorage", type("C64", 8)],
  ["ComplexDoubleStorage", type("C128", 16)],
  ["QUInt8Storage", type("QUINT8", 1)],
  ["QInt8Storage", type("QINT8", 1)],
  ["QInt32Storage", type("QINT32", 4)],
  ["QUInt4x2Storage", type("QUINT4X2", 1)],
  ["QUInt2x4Storage", type("QUINT2X4", 1)],
  ["UntypedStorage", type(undefined, 1)],
]);

function widthOf(dtype: string): number {
  return dtype === "BOOL" ? 1 : dtype === "BF16" ? 2 : Number(dtype.slice(1)) / 8;
}

/** What a storage class of torch holds; `UntypedStorage`, of the newer element types, counts bytes. */
export const storageType = (name: string): StorageType | undefined =>
  types.get(name.replace(/^torch\.(cuda\.|storage\.)?/, ""));

const dtypeName =
  /^(u?int([1-7]|8|16|32|64)|float(16|32|64)?|bfloat16|bool|half|double|short|int|long|complex(32|64|128)|q?u?int\d+(x\d)?|bits\w{1,8}|float[48]_\w{1,16})$/;

/** The name of a dtype of torch, as text; undefined for what is none. */
export const torchDType = (name: string): string | undefined => (dtypeName.test(name) ? `torch.${name}` : undefined);

const dtypes: Readonly<Record<string, string>> = {
  float64: "F64",
  double: "F64",
  float32: "F32",
  float: "F32",
  float16: "F16",
  half: "F16",
  bfloat16: "BF16",
  int64: "I64",
  long: "I64",
  int32: "I32",
  int: "I32",
  int16: "I16",
  short: "I16",
  int8: "I8",
  uint8: "U8",
  uint16: "U16",
  uint32: "U32",
  uint64: "U64",
  bool: "BOOL",
  complex64: "C64",
  complex128: "C128",
  float8_e4m3fn: "F8_E4M3",
  float8_e5m2: "F8_E5M2",
  float8_e4m3fnuz: "F8_E4M3FNUZ",
  float8_e5m2fnuz: "F8_E5M2FNUZ",
  float8_e8m0fnu: "F8_E8M0",
};

/** The element type that a dtype's text says, by the name of safetensors where there is one. */
export function dtypeOf(text: string): string | undefined {
  const name = text.replace(/^torch\./, "");
  if (name === text || !dtypeName.test(name)) return undefined;
  return Object.hasOwn(dtypes, name) ? dtypes[name] : name.toUpperCase();
}
