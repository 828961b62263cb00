/** The rules of direction that imports cannot tell: which globals and members a source file may use.
 *  source text → TypeScript syntax tree → [global rules] → violations */
import ts from "typescript";

export interface GlobalViolation {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly what: string;
}

export interface GlobalRule {
  readonly name: string;
  readonly comment: string;
  /** Paths (from the repository's root, with /) where the rule holds. */
  readonly applies: RegExp;
  readonly except?: RegExp;
  /** What is wrong with this node; undefined if nothing is. */
  offence(node: ts.Node): string | undefined;
}

/** Rule 6's own places: the clock, the entry points of programs and of threads, and where the parts are put together. */
const ENTRY = /^packages\/station\/src\/clock\.ts$|(^|\/)(main|compose|[^/]+-worker)\.ts$/;
const PRODUCT_SOURCE = /^packages\/[^/]+\/src\//;

const TIMERS = new Set(["setTimeout", "setInterval"]);
const MORE_TIMERS = new Set(["setImmediate", "queueMicrotask"]);
const RANDOM = new Set([
  "randomBytes",
  "pseudoRandomBytes",
  "randomUUID",
  "randomInt",
  "randomFill",
  "randomFillSync",
  "getRandomValues",
  "generateKey",
  "generateKeySync",
  "generateKeyPair",
  "generateKeyPairSync",
  "createECDH",
  "createDiffieHellman",
  "keyPair",
]);

/** Objects whose members are judged: they are named directly, not through globalThis. */
const HIDDEN = new Set(["process", "Math", "Date", "AbortSignal", "crypto"]);

export const GLOBAL_RULES: readonly GlobalRule[] = [
  {
    name: "time-comes-from-the-clock",
    comment: "Take a Clock (station/src/clock.ts): a simulation holds and steps it.",
    applies: PRODUCT_SOURCE,
    except: ENTRY,
    offence(node) {
      if (ts.isIdentifier(node) && isGlobalUse(node)) {
        if (TIMERS.has(node.text)) return node.text;
        if (node.text === "performance") return "performance";
        if (node.text === "Date" && readsWallClock(node)) return "Date without arguments";
      }
      return memberOf(node, "process", ["hrtime", "uptime"]) ?? memberOf(node, "AbortSignal", ["timeout"]);
    },
  },
  {
    name: "wire-format-sets-no-timers",
    comment: "wire-format computes and returns; it schedules nothing.",
    applies: /^packages\/wire-format\/src\//,
    offence: (node) =>
      ts.isIdentifier(node) && MORE_TIMERS.has(node.text) && isGlobalUse(node) ? node.text : undefined,
  },
  {
    name: "randomness-comes-from-outside",
    comment: "Take a random(bytes) function: entry points pass node:crypto's, simulations a seeded one.",
    applies: PRODUCT_SOURCE,
    except: ENTRY,
    offence(node) {
      const math = memberOf(node, "Math", ["random"]);
      if (math !== undefined) return math;
      if (ts.isIdentifier(node) && node.text === "Math" && isGlobalUse(node) && !isMemberAccess(node.parent, node))
        return "Math as a value";
      if (ts.isImportSpecifier(node)) {
        const name = (node.propertyName ?? node.name).text;
        return RANDOM.has(name) && fromModule(node, /^(node:)?crypto$|^tweetnacl$/) ? name : undefined;
      }
      if (!ts.isPropertyAccessExpression(node) || !RANDOM.has(node.name.text)) return undefined;
      // nacl.box.keyPair.fromSecretKey computes; nacl.box.keyPair() draws.
      if (ts.isPropertyAccessExpression(node.parent) && /^from(SecretKey|Seed)$/.test(node.parent.name.text))
        return undefined;
      // crypto.randomBytes, nacl.box.keyPair; but not pairing.keyPair of our own: only what hangs on a library's name counts.
      const root = rootOf(node);
      return root !== undefined && /^(crypto|nacl|tweetnacl|webcrypto|globalThis)$/.test(root)
        ? `${root} … ${node.name.text}`
        : undefined;
    },
  },
  {
    name: "environment-comes-from-configuration",
    comment:
      "What a station does is in its configuration file; only loading it and the entry points look at process.env.",
    applies: PRODUCT_SOURCE,
    except: /^packages\/station\/src\/(clock|config\/[^/]+)\.ts$|(^|\/)(main|[^/]+-worker)\.ts$/,
    offence(node) {
      if (
        ts.isImportSpecifier(node) &&
        (node.propertyName ?? node.name).text === "env" &&
        fromModule(node, /^(node:)?process$/)
      )
        return "env of node:process";
      // `const { env } = process` and `const p = process` would both hide it.
      if (ts.isIdentifier(node) && node.text === "process" && isGlobalUse(node) && !isMemberAccess(node.parent, node))
        return "process as a value";
      return memberOf(node, "process", ["env"]);
    },
  },
  {
    name: "nothing-is-loaded-by-stealth",
    comment:
      "Modules are imported by name where everybody, and dependency-cruiser, can see them; no code is made from strings.",
    applies: PRODUCT_SOURCE,
    offence(node) {
      if (ts.isIdentifier(node) && isGlobalUse(node)) {
        if (node.text === "eval" || node.text === "Function") return node.text;
        if (node.text === "globalThis" && hidesGlobals(node)) return "globalThis as a value";
      }
      if (ts.isImportSpecifier(node) && (node.propertyName ?? node.name).text === "createRequire")
        return "createRequire";
      if (
        ts.isCallExpression(node) &&
        node.expression.kind === ts.SyntaxKind.ImportKeyword &&
        !ts.isStringLiteralLike(node.arguments[0] ?? node)
      ) {
        return "import() of a computed name";
      }
      return memberOf(node, "process", ["getBuiltinModule", "binding", "dlopen"]);
    },
  },
  {
    name: "native-send-only-sends",
    comment: "The C functions that the OT station may call on the link: nothing that receives, connects or listens.",
    applies: /^packages\/ot-sender\/src\/egress\/native-send\.ts$/,
    offence: (node) => foreignPrototype(node, ["socket", "setsockopt", "bind", "sendmsg", "inet_pton", "close"]),
  },
  {
    name: "native-receive-only-receives",
    comment: "The C functions that the IT station may call on the link: nothing that sends or connects.",
    applies: /^packages\/it-receiver\/src\/ingress\/native-receive\.ts$/,
    offence: (node) =>
      foreignPrototype(node, [
        "socket",
        "setsockopt",
        "getsockopt",
        "getsockname",
        "bind",
        "recvmmsg",
        "inet_pton",
        "close",
      ]),
  },
];

/** A C prototype in a string whose function is not on the list, or a prototype that is put together where nobody can read it. */
function foreignPrototype(node: ts.Node, allowed: readonly string[]): string | undefined {
  if (ts.isStringLiteralLike(node)) {
    const name = /^[\w\s*]*?(\w+)\s*\(/.exec(node.text)?.[1];
    return name === undefined || allowed.includes(name) ? undefined : `"${node.text}"`;
  }
  // library.func("…") and library.func(prototype) of the table above it; never func(a + b), func(`…${x}`), func("name", …) or library.symbol.
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const { text } = node.expression.name;
  if (
    ["symbol", "decode", "call", "proto", "pointer"].includes(text) &&
    node.expression.expression.kind === ts.SyntaxKind.Identifier
  )
    return `${node.expression.getText()}(…)`;
  if (text !== "func") return undefined;
  const [prototype, ...more] = node.arguments;
  const readable = prototype !== undefined && (ts.isIdentifier(prototype) || ts.isStringLiteral(prototype));
  return readable && more.length === 0 ? undefined : "func(…) of a computed prototype";
}

/** Every violation in one file. `file` is its path from the root, with /. */
export function checkSource(
  file: string,
  text: string,
  rules: readonly GlobalRule[] = GLOBAL_RULES,
): GlobalViolation[] {
  const holding = rules.filter((rule) => rule.applies.test(file) && rule.except?.test(file) !== true);
  if (holding.length === 0) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const violations: GlobalViolation[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return; // types use nothing
    for (const rule of holding) {
      const what = rule.offence(node);
      if (what === undefined) continue;
      const { line, character } = source.getLineAndCharacterOfPosition(node.getStart(source));
      violations.push({ rule: rule.name, file, line: line + 1, column: character + 1, what });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return violations;
}

/** `globalThis.WebAssembly` is checked like the name alone; `globalThis` on its own, or `globalThis.process`, could hide anything. */
function hidesGlobals(node: ts.Identifier): boolean {
  let outer: ts.Node = node;
  while (ts.isAsExpression(outer.parent) || ts.isParenthesizedExpression(outer.parent)) outer = outer.parent;
  return !ts.isPropertyAccessExpression(outer.parent) || HIDDEN.has(outer.parent.name.text);
}

/** A name read as a value: no property name, no declaration, no label. Shadowed names count too: do not shadow globals. */
function isGlobalUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node)
    return ts.isIdentifier(parent.expression) && parent.expression.text === "globalThis";
  if (ts.isPropertyAssignment(parent) || ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isVariableDeclaration(parent) || ts.isParameter(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (
    ts.isImportSpecifier(parent) ||
    ts.isImportClause(parent) ||
    ts.isNamespaceImport(parent) ||
    ts.isExportSpecifier(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isClassDeclaration(parent) ||
    ts.isInterfaceDeclaration(parent) ||
    ts.isTypeAliasDeclaration(parent) ||
    ts.isGetAccessor(parent) ||
    ts.isSetAccessor(parent) ||
    ts.isLabeledStatement(parent)
  ) {
    return ts.isPropertyDeclaration(parent) && parent.initializer === node;
  }
  return true;
}

/** `new Date(x)`, `Date.UTC`, `Date.parse` and `instanceof Date` compute; everything else asks the wall clock or may. */
function readsWallClock(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isNewExpression(parent) && parent.expression === node) return (parent.arguments ?? []).length === 0;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node)
    return !["UTC", "parse", "prototype"].includes(parent.name.text);
  return !(ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword);
}

/** "process.env" if the node is that access, written with a dot or as a string in brackets. */
function memberOf(node: ts.Node, object: string, members: readonly string[]): string | undefined {
  const access = ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) ? node : undefined;
  if (access === undefined || !ts.isIdentifier(access.expression) || access.expression.text !== object)
    return undefined;
  const member = ts.isPropertyAccessExpression(access)
    ? access.name.text
    : ts.isStringLiteralLike(access.argumentExpression)
      ? access.argumentExpression.text
      : undefined;
  if (member === undefined) return `${object}[…]`;
  return members.includes(member) ? `${object}.${member}` : undefined;
}

function isMemberAccess(parent: ts.Node, node: ts.Node): boolean {
  return (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent)) && parent.expression === node;
}

function fromModule(specifier: ts.ImportSpecifier, module: RegExp): boolean {
  const from = specifier.parent.parent.parent.moduleSpecifier;
  return ts.isStringLiteralLike(from) && module.test(from.text);
}

/** The leftmost name of a.b.c */
function rootOf(node: ts.PropertyAccessExpression): string | undefined {
  let here: ts.Expression = node;
  while (ts.isPropertyAccessExpression(here)) here = here.expression;
  return ts.isIdentifier(here) ? here.text : undefined;
}
