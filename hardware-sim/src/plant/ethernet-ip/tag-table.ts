/** The tags of a simulated controller, and where a path of names and indices leads.
 *  plant section → [tag table] → tag services, symbol list */
import type { ControllerType } from "./controller-type.ts";
import type { PathSegment } from "./request-path.ts";
import type { TagImage } from "./tag-image.ts";

export interface ControllerTag {
  /** Symbol instance, of its scope. */
  readonly instance: number;
  readonly name: string;
  /** Undefined: a controller tag. */
  readonly program: string | undefined;
  readonly type: ControllerType; // DWORD for a BOOL array of Logix
  /** As the controller counts: DWORDs of a BOOL array. Empty: no array. */
  readonly dimensions: readonly number[];
  readonly access: "read-write" | "read-only" | "none";
  readonly image: TagImage;
}

/** Where a read begins. */
export interface Place {
  readonly tag: ControllerTag;
  readonly type: ControllerType;
  /** Of the first element, in the tag's image. */
  readonly offset: number;
  /** Elements from there to the end of the array. */
  readonly elements: number;
  /** Of a BOOL in its host. */
  readonly bit: number | undefined;
}

/** CIP general status, and an extended one where there is one. */
export interface Refusal {
  readonly status: number;
  readonly extended?: number;
}

const NO_SUCH_TAG: Refusal = { status: 0x05 };
const MALFORMED: Refusal = { status: 0x04 };
const BEYOND_END: Refusal = { status: 0xff, extended: 0x2105 };

const SYMBOL_CLASS = 0x6b;

export class TagTable {
  readonly #scopes = new Map<string, Map<string, ControllerTag>>([["", new Map()]]);
  readonly programs: string[] = [];

  /** @returns false if the scope has such a tag already. */
  add(tag: ControllerTag): boolean {
    const scope = (tag.program ?? "").toUpperCase();
    if (!this.#scopes.has(scope)) {
      this.#scopes.set(scope, new Map());
      this.programs.push(tag.program ?? "");
    }
    const tags = this.#scopes.get(scope)!;
    const key = tag.name.toUpperCase();
    if (tags.has(key)) return false;
    tags.set(key, tag);
    return true;
  }

  /** Of a program, or of the controller; undefined if there is no such program. By instance. */
  tagsOf(program: string | undefined): readonly ControllerTag[] | undefined {
    const tags = this.#scopes.get((program ?? "").toUpperCase());
    return tags === undefined ? undefined : [...tags.values()].sort((a, b) => a.instance - b.instance);
  }

  /** "Program:Main", "Motor", [2], "Speed"; the tag itself may also come as instance of the symbol class. */
  find(path: readonly PathSegment[]): Place | Refusal {
    let rest = path;
    let scope = "";
    const [head] = rest;
    if (head?.kind === "name" && /^program:/i.test(head.name)) {
      scope = head.name.slice("program:".length).toUpperCase();
      rest = rest.slice(1);
    }
    const tags = this.#scopes.get(scope);
    if (tags === undefined) return NO_SUCH_TAG;
    const [first, second] = rest;
    let tag: ControllerTag | undefined;
    if (first?.kind === "name") {
      tag = tags.get(first.name.toUpperCase());
      rest = rest.slice(1);
    } else if (first?.kind === "class" && first.value === SYMBOL_CLASS && second?.kind === "instance") {
      tag = [...tags.values()].find(({ instance }) => instance === second.value);
      rest = rest.slice(2);
    } else return MALFORMED;
    if (tag === undefined || tag.access === "none") return NO_SUCH_TAG;
    return follow(tag, rest);
  }
}

function follow(tag: ControllerTag, path: readonly PathSegment[]): Place | Refusal {
  let { type } = tag;
  let dimensions = tag.dimensions;
  let offset = 0;
  let elements = dimensions.reduce((product, length) => product * length, 1);
  let bit: number | undefined;
  for (let rest = path; rest.length > 0; ) {
    const indices: number[] = [];
    for (const segment of rest) {
      if (segment.kind !== "element") break;
      indices.push(segment.value);
    }
    rest = rest.slice(indices.length);
    if (indices.length > 0) {
      if (indices.length !== dimensions.length) return MALFORMED;
      if (indices.some((index, dimension) => index >= dimensions[dimension]!)) return BEYOND_END;
      const flat = indices.reduce((sum, index, dimension) => sum * dimensions[dimension]! + index, 0);
      offset += flat * type.bytes;
      elements -= flat;
      dimensions = [];
    }
    const [segment] = rest;
    if (segment === undefined) break;
    if (segment.kind !== "name" || type.kind !== "structure" || bit !== undefined) return MALFORMED;
    if (dimensions.length > 0) return MALFORMED; // a member of an array, and not of one of its elements
    const member = type.members.find(({ name }) => name.toUpperCase() === segment.name.toUpperCase());
    if (member === undefined) return NO_SUCH_TAG;
    offset += member.offset;
    bit = member.bit;
    type = member.type;
    dimensions = member.length === 0 ? [] : [member.length];
    elements = Math.max(1, member.length);
    rest = rest.slice(1);
  }
  return { tag, type, offset, elements, bit };
}
