import type { ElementwiseOp, OpName } from "@gmem/tensor";
import { elementCode } from "../onnx-messages.ts";
import { type Lowering, type Lowerings, name, operand, type Site } from "./site.ts";

/** An operation that ONNX has under another name. */
const direct =
  <O extends OpName>(op: string): Lowering<O> =>
  ({ writer, inputs, outputs }) =>
    writer.emitTo(outputs, op, inputs);

/** y = 0.5x(1 + tanh(k(x + 0.044715x³))) = x·σ(2k·x(1 + 0.044715x²)). */
function composedGelu(site: Site<"gelu">): void {
  const { writer } = site;
  const x = name(site);
  const { dtype } = operand(site, 0);
  const k = Math.sqrt(2 / Math.PI);
  const cubic = writer.emit("Mul", [writer.emit("Mul", [x, x]), writer.filled(2 * k * 0.044715, dtype)]);
  const slope = writer.emit("Add", [cubic, writer.filled(2 * k, dtype)]);
  const gate = writer.emit("Sigmoid", [writer.emit("Mul", [x, slope])]);
  writer.emitTo(site.outputs, "Mul", [x, gate]);
}

/** x + 0, where the 0 is made from the token: false whatever the token holds, NaN and infinities too. */
function after(site: Site<"after">): void {
  const { writer, outputs } = site;
  const { dtype } = operand(site, 0);
  const flat = writer.emit("Reshape", [name(site, 1), writer.integers([-1])]);
  const first = writer.emit("Gather", [flat, writer.integer(0)], { axis: 0 });
  const float = writer.emit("Cast", [first], { to: elementCode.f32 });
  const never = writer.emit("Less", [float, float]);
  if (dtype === "bool") writer.emitTo(outputs, "Or", [name(site), never]);
  else writer.emitTo(outputs, "Add", [name(site), writer.emit("Cast", [never], { to: elementCode[dtype] })]);
}

/** Element-wise operations. */
export const elementwise: Lowerings<ElementwiseOp> = {
  neg: direct<"neg">("Neg"),
  abs: direct<"abs">("Abs"),
  exp: direct<"exp">("Exp"),
  log: direct<"log">("Log"),
  sqrt: direct<"sqrt">("Sqrt"),
  reciprocal: direct<"reciprocal">("Reciprocal"),
  tanh: direct<"tanh">("Tanh"),
  erf: direct<"erf">("Erf"),
  sigmoid: direct<"sigmoid">("Sigmoid"),
  sin: direct<"sin">("Sin"),
  cos: direct<"cos">("Cos"),
  gelu: (site: Site<"gelu">): void => {
    const attributes = { approximate: "tanh" };
    if (!site.profile.fusedGelu || operand(site, 0).dtype !== "f32") composedGelu(site);
    else site.writer.emitTo(site.outputs, "Gelu", site.inputs, { attributes });
  },
  stopGradient: direct<"stopGradient">("Identity"),
  after,
  cast: ({ writer, node, inputs, outputs }: Site<"cast">): void =>
    writer.emitTo(outputs, "Cast", inputs, { attributes: { to: elementCode[node.attrs.dtype] } }),
  add: direct<"add">("Add"),
  sub: direct<"sub">("Sub"),
  mul: direct<"mul">("Mul"),
  div: direct<"div">("Div"),
  maximum: direct<"maximum">("Max"),
  minimum: direct<"minimum">("Min"),
  less: direct<"less">("Less"),
  greater: direct<"greater">("Greater"),
  equal: direct<"equal">("Equal"),
  where: direct<"where">("Where"),
};
