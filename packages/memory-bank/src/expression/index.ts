export { type BankNames, bankNames } from "./bank-names.ts";
export {
  type EvaluatedExpression,
  type ExpressionContext,
  evaluateExpression,
} from "./evaluate-expression.ts";
export { ExpressionError } from "./expression-error.ts";
export { parseExpression, type Term } from "./parse-expression.ts";
