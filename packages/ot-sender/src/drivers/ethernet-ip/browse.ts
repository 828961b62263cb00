/** Makes addresses of everything that a controller lists: tags of all programs, down to the members of structures.
 *  symbol list, templates → [browse] → browse command */
import type { DataType } from "@nonreturn/wire-format";
import type { Browsed, BrowsedTag } from "../driver.ts";
import { parseTagName, type TagSegment } from "./address.ts";
import type { CipReply } from "./cip-message.ts";
import { BOOL, cipTypeOf, DWORD, writeType } from "./cip-type.ts";
import { DamagedReply } from "./cursor.ts";
import {
  ATTRIBUTE_SETS,
  type AttributeSet,
  type ControllerSymbol,
  readList,
  type SymbolType,
  writeListRequest,
} from "./symbol-list.ts";
import { readTemplate, readTemplateSize, type Template, writeTemplateRead, writeTemplateSize } from "./template.ts";

/** One request; success and partial data come back, everything else throws. */
export type Ask = (request: Buffer) => Promise<CipReply>;

const MOST_SYMBOLS = 100_000;
const MOST_ROWS = 100_000;
const MOST_STEPS = 1_000_000;
const MOST_TEMPLATES = 4096;
const MOST_DEPTH = 16;
const MOST_ELEMENTS = 16_384;
const PARTIAL = 0x06;

/** Tasks, routines, connections and what else the firmware keeps among the tags. */
const INTERNAL = /^(__|ZZZZZZZZZZ|Map:|Task:|Cxn:|Routine:|UDI:|Program:.*:)/i;
const PROGRAM = /^Program:/i;

/** @throws {DamagedReply}, and whatever `ask` throws. Cost: a request for each page of tags, two or more for each structure. */
export async function browseController(ask: Ask): Promise<Browsed> {
  const templates = new Map<number, Template>();
  const expansion: Expansion = { templates, rows: [], steps: 0 };
  const scopes: (TagSegment | undefined)[] = [undefined];
  for (let at = 0; at < scopes.length; at++) {
    const scope = scopes[at];
    for (const symbol of await listSymbols(ask, scope === undefined ? [] : [scope])) {
      const { name, type, dimensions, access } = symbol;
      if (scope === undefined && PROGRAM.test(name) && !INTERNAL.test(name)) scopes.push({ name, indices: [] });
      else if (access === "readable" && type.kind !== "system" && !INTERNAL.test(name)) {
        await learnTemplates(ask, type, templates, 0);
        const address = scope === undefined ? name : `${scope.name}.${name}`;
        // A name that is none cannot be configured either.
        if (!("mistake" in parseTagName(address))) expand(address, type, dimensions, expansion, 0);
      }
    }
  }
  return { tags: expansion.rows.slice(0, MOST_ROWS), extent: isFull(expansion) ? "cut" : "all" };
}

async function listSymbols(ask: Ask, scope: readonly TagSegment[]): Promise<ControllerSymbol[]> {
  let refusal: unknown;
  for (const attributes of ATTRIBUTE_SETS)
    try {
      return await listWith(ask, scope, attributes);
    } catch (error) {
      if (!(error instanceof AttributeRefused)) throw error;
      refusal = error.cause;
    }
  throw refusal;
}

/** The first page was refused: perhaps because of an attribute. */
export class AttributeRefused extends Error {
  override readonly name = "AttributeRefused";
}

async function listWith(ask: Ask, scope: readonly TagSegment[], attributes: AttributeSet): Promise<ControllerSymbol[]> {
  const symbols: ControllerSymbol[] = [];
  for (let from = 0; symbols.length <= MOST_SYMBOLS; ) {
    const { status, data } = await ask(writeListRequest(scope, from, attributes));
    const page = readList(data, from, attributes);
    symbols.push(...page);
    if (status !== PARTIAL) return symbols;
    const last = page.at(-1);
    if (last === undefined) throw new DamagedReply("a page of tags without tags");
    from = last.instance + 1;
  }
  throw new DamagedReply(`more than ${MOST_SYMBOLS} tags`);
}

async function learnTemplates(
  ask: Ask,
  type: SymbolType,
  templates: Map<number, Template>,
  depth: number,
): Promise<void> {
  if (type.kind !== "structure" || templates.has(type.template)) return;
  if (depth > MOST_DEPTH || templates.size >= MOST_TEMPLATES) throw new DamagedReply("structures without end");
  const { members, bytes } = readTemplateSize((await ask(writeTemplateSize(type.template))).data);
  const parts: Buffer[] = [];
  let read = 0;
  while (read < bytes) {
    const { status, data } = await ask(writeTemplateRead(type.template, read, bytes - read));
    parts.push(data);
    read += data.length;
    if (status !== PARTIAL) break;
    if (data.length === 0) throw new DamagedReply("a part of a structure without bytes");
  }
  const template = readTemplate(Buffer.concat(parts), members);
  templates.set(type.template, template);
  for (const member of template.members) await learnTemplates(ask, member.type, templates, depth + 1);
}

/** Everything found so far. Structures may hold structures without a single value: steps are bounded, not only rows. */
interface Expansion {
  readonly templates: ReadonlyMap<number, Template>;
  readonly rows: BrowsedTag[];
  steps: number;
}

function isFull({ rows, steps }: Expansion): boolean {
  return rows.length > MOST_ROWS || steps > MOST_STEPS;
}

/** One row for each value; arrays of elementary types are one value. */
function expand(
  address: string,
  type: SymbolType,
  dimensions: readonly number[],
  expansion: Expansion,
  depth: number,
): void {
  if (type.kind === "system" || depth > MOST_DEPTH) return;
  if (type.kind === "atomic") {
    expansion.rows.push(atomicRow(address, type.code, dimensions));
    return;
  }
  const template = expansion.templates.get(type.template);
  if (template === undefined) return;
  const elements = dimensions.reduce((product, length) => product * length, 1);
  for (let element = 0; element < elements && !isFull(expansion); element++) {
    expansion.steps++;
    const own = dimensions.length === 0 ? address : `${address}[${indicesOf(element, dimensions)}]`;
    if (isText(template)) expansion.rows.push(row(own, "STRING", nameOf(template)));
    else expandMembers(own, template, expansion, depth + 1);
  }
}

function expandMembers(address: string, { members }: Template, expansion: Expansion, depth: number): void {
  for (const { name, type, length } of members) {
    if (isFull(expansion)) return;
    expansion.steps++;
    const own = `${address}.${name}`;
    if (!INTERNAL.test(name) && !("mistake" in parseTagName(own)))
      expand(own, type, length === 0 ? [] : [length], expansion, depth);
  }
}

function atomicRow(address: string, code: number, dimensions: readonly number[]): BrowsedTag {
  const known = cipTypeOf(code);
  if (dimensions.length === 0) return row(address, known?.dataType, writeType(code));
  // DWORDs in an array are how Logix keeps BOOLs.
  const isPacked = code === DWORD;
  const elements = dimensions.reduce((product, length) => product * length, isPacked ? 32 : 1);
  const first = dimensions.length === 1 ? "" : `[${dimensions.map(() => 0).join(",")}]`;
  const sizes = isPacked ? String(elements) : dimensions.join(",");
  const description = `${isPacked ? writeType(BOOL) : writeType(code)}[${sizes}]`;
  const count = Math.min(elements, MOST_ELEMENTS);
  return row(`${address}${first}{${count}}`, isPacked ? "BOOLEAN" : known?.dataType, description);
}

function row(address: string, dataType: DataType | undefined, description: string): BrowsedTag {
  const path = address
    .replace(PROGRAM, "")
    .replace(/\{\d+\}$/, "")
    .replace(/\[([\d,]+)\]/g, (_, indices: string) => `-${indices.replaceAll(",", "-")}`)
    .replace(/[.:]/g, "/");
  return { address, path, dataType, description };
}

/** The device's own word, unless it is none that a terminal should see. */
function nameOf({ name }: Template): string {
  return /^[\w:]{1,80}$/.test(name) ? name : "STRING";
}

function isText({ members }: Template): boolean {
  const [length, characters] = members;
  return members.length === 2 && length?.name === "LEN" && characters?.name === "DATA";
}

/** "1,2" */
function indicesOf(element: number, dimensions: readonly number[]): string {
  const indices: number[] = [];
  let rest = element;
  for (const length of [...dimensions].reverse()) {
    indices.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return indices.join(",");
}
