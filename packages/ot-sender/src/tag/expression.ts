/** Parses the expression of a calculated tag, and evaluates it without making code of it.
 *  config → [expression] → calculations
 *
 *  Numbers, the tag's inputs, + − * / % ^, comparisons, and or not, condition ? a : b, and the functions below. Nothing else gets through to the parser:
 *  no text, lists, members, assignments, definitions, and no function that is random or loops as long as its argument says. */
import { type Expression, Parser } from "expr-eval-fork";

export const EXPRESSION_CHARACTERS = 2000;

const UNARY = [
  "abs",
  "ceil",
  "floor",
  "round",
  "trunc",
  "sign",
  "sqrt",
  "cbrt",
  "exp",
  "ln",
  "log10",
  "log2",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
];
const SEVERAL = ["min", "max", "pow", "hypot", "atan2"];
const EXPRESSION_FUNCTIONS: readonly string[] = [...UNARY, ...SEVERAL];
const WORDS = new Set(["and", "or", "not", "true", "false", "PI", "E"]);

/** Names that an input cannot have. */
export function isReserved(name: string): boolean {
  return WORDS.has(name) || EXPRESSION_FUNCTIONS.includes(name);
}

export type Operand = number | boolean;

export interface ParsedExpression {
  /** As written. */
  readonly text: string;
  /** Inputs that it names, each once. */
  readonly inputs: readonly string[];
  /** Undefined if it has no result: the root of a negative number, a division by zero, a number where true or false is meant. */
  evaluate(values: ReadonlyMap<string, Operand>): Operand | undefined;
}

/** @returns or what is wrong, and after a semicolon what to write. */
export function parseExpression(text: string): ParsedExpression | { readonly mistake: string } {
  if (text.length > EXPRESSION_CHARACTERS)
    return { mistake: `has ${text.length} characters; write at most ${EXPRESSION_CHARACTERS}, or calculate in steps` };
  const strange = /[^\w\s+\-*/%^()<>=!?:,.]/.exec(text);
  if (strange !== null)
    return { mistake: `${JSON.stringify(strange[0])} means nothing here; see docs/tags.md for what does` };
  if (text.includes("__proto__")) return { mistake: "is no expression (__proto__ is no name); see docs/tags.md" };
  let parsed: Expression;
  try {
    parsed = parser().parse(text);
  } catch (error) {
    return {
      mistake: `is no expression (${error instanceof Error ? error.message : String(error)}); see docs/tags.md`,
    };
  }
  const names = [...new Set(text.replace(/\b\d[\d.]*([eE][+-]?\d+)?/g, " ").match(/[A-Za-z_]\w*/g) ?? [])];
  return {
    text,
    inputs: names.filter((name) => !isReserved(name)),
    evaluate(values) {
      try {
        const result = parsed.evaluate(Object.fromEntries(values) as Record<string, number>) as unknown;
        if (typeof result === "boolean") return result;
        return typeof result === "number" && Number.isFinite(result) ? result : undefined;
      } catch {
        return undefined; // the library refuses operands by throwing
      }
    },
  };
}

let shared: Parser | undefined;

/** The library's, with what an expression may not use taken out. */
function parser(): Parser {
  if (shared !== undefined) return shared;
  shared = new Parser({
    allowMemberAccess: false,
    operators: {
      assignment: false,
      concatenate: false,
      factorial: false,
      fndef: false,
      in: false,
      length: false,
      random: false,
    },
  });
  const only = (table: Record<string, unknown>, names: readonly string[]) =>
    Object.assign(Object.create(null), Object.fromEntries(names.map((name) => [name, table[name]])));
  shared.functions = only(shared.functions, SEVERAL);
  shared.unaryOps = only(shared.unaryOps, [...UNARY, "-", "+", "not", "!"]);
  shared.consts = only(shared.consts, ["E", "PI", "true", "false"]);
  return shared;
}
