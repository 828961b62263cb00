/** Collects the code of every error that the source can make.
 *  source text → TypeScript syntax tree → [error codes] → comparison with docs/errors.md */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

export interface ErrorCodes {
  /** Code → the files that make it. */
  readonly codes: ReadonlyMap<string, readonly string[]>;
  /** Places where a StationError is made in a way that hides its code from this search: "file:line". */
  readonly unreadable: readonly string[];
}

const CODE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;

/** Searches packages/<name>/src, packages/<name>/bin and hardware-sim. */
export function errorCodesIn(root: string): ErrorCodes {
  const codes = new Map<string, string[]>();
  const unreadable: string[] = [];
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
  for (const folder of [...packages, "hardware-sim"].flatMap((name) => [`${name}/src`, `${name}/bin`])) {
    for (const file of sourceFiles(root, folder)) {
      const found = codesOf(file, readFileSync(join(root, file), "utf8"));
      for (const code of found.codes) codes.set(code, [...(codes.get(code) ?? []), file]);
      unreadable.push(...found.unreadable);
    }
  }
  return { codes, unreadable };
}

/** In one file. */
export function codesOf(file: string, text: string): { codes: string[]; unreadable: string[] } {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const codes = new Set<string>();
  const unreadable: string[] = [];
  const constants = constantsOf(source);
  const literals = (node: ts.Node, into: Set<string>): void => collectLiterals(node, constants, into);
  const visit = (node: ts.Node): void => {
    if (ts.isTypeAliasDeclaration(node) && node.name.text === "WireErrorCode") literals(node.type, codes);
    if (isStationErrorParts(node)) literals(codeProperty(node)?.initializer ?? node, codes);
    if (
      ts.isNewExpression(node) &&
      ts.isIdentifier(node.expression) &&
      node.expression.text === "StationError" &&
      !readable(node, constants)
    ) {
      unreadable.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  // The launcher runs before any of our code can: it prints its error itself.
  for (const [, code] of text.matchAll(/error ([A-Z_]{4,}):/g))
    if (file.endsWith(".js") && code !== undefined) codes.add(code);
  return { codes: [...codes], unreadable };
}

/** An object with code, what and action: what a StationError is made of, wherever it is written. */
function isStationErrorParts(node: ts.Node): node is ts.ObjectLiteralExpression {
  return (
    ts.isObjectLiteralExpression(node) &&
    codeProperty(node) !== undefined &&
    hasProperty(node, "what") &&
    hasProperty(node, "action")
  );
}

function codeProperty(node: ts.ObjectLiteralExpression): ts.PropertyAssignment | undefined {
  return node.properties.find(
    (property): property is ts.PropertyAssignment =>
      ts.isPropertyAssignment(property) && property.name.getText() === "code",
  );
}

function hasProperty(node: ts.ObjectLiteralExpression, name: string): boolean {
  return node.properties.some((property) => property.name?.getText() === name);
}

/** Its code is written here, or the parts are handed on whole (an error that came from another thread or process, or parts made elsewhere). */
function readable(node: ts.NewExpression, constants: Constants): boolean {
  const parts = node.arguments?.[0];
  if (parts === undefined) return false;
  if (!ts.isObjectLiteralExpression(parts)) return true;
  const code = codeProperty(parts)?.initializer;
  if (code === undefined)
    return parts.properties.some(
      (property) => ts.isShorthandPropertyAssignment(property) || ts.isSpreadAssignment(property),
    );
  const found = new Set<string>();
  collectLiterals(code, constants, found);
  return found.size > 0;
}

type Constants = ReadonlyMap<string, string>;

/** `const PUBLISHER_HUNG = "PUBLISHER_HUNG"` of the same file. */
function constantsOf(source: ts.SourceFile): Constants {
  const declarations = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations);
  return new Map(
    declarations.flatMap(({ name, initializer }) =>
      ts.isIdentifier(name) && initializer !== undefined && ts.isStringLiteralLike(initializer)
        ? [[name.text, initializer.text]]
        : [],
    ),
  );
}

/** Text in the shape of a code, written out or by the name of a constant; of a conditional expression, both. */
function collectLiterals(node: ts.Node, constants: Constants, into: Set<string>): void {
  const text = ts.isStringLiteralLike(node) ? node.text : ts.isIdentifier(node) ? constants.get(node.text) : undefined;
  if (text !== undefined && CODE.test(text)) into.add(text);
  else if (!ts.isObjectLiteralExpression(node))
    ts.forEachChild(node, (child) => collectLiterals(child, constants, into));
}

function sourceFiles(root: string, folder: string): string[] {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.[jt]s$/.test(file) && !file.endsWith(".d.ts") && !file.includes("gen/"))
      .map((file) => `${folder}/${file}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
