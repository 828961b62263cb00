/** The types of a Logix or Micro800 controller, and how structures lie in memory.
 *  plant section → [controller type] → tag image, template
 *
 *  Members are aligned to their own width, BOOLs next to one another share a hidden SINT, BOOL arrays are DWORDs, and a structure is a multiple
 *  of 4 bytes, of 8 with 64-bit members. Sources: ODVA Vol 1 Appendix C-6.1; Rockwell 1756-PM020, "Structure makeup". */

const ATOMIC_TYPES = {
  BOOL: { code: 0xc1, bytes: 1 },
  SINT: { code: 0xc2, bytes: 1 },
  INT: { code: 0xc3, bytes: 2 },
  DINT: { code: 0xc4, bytes: 4 },
  LINT: { code: 0xc5, bytes: 8 },
  USINT: { code: 0xc6, bytes: 1 },
  UINT: { code: 0xc7, bytes: 2 },
  UDINT: { code: 0xc8, bytes: 4 },
  ULINT: { code: 0xc9, bytes: 8 },
  REAL: { code: 0xca, bytes: 4 },
  LREAL: { code: 0xcb, bytes: 8 },
  /** Of Micro800: a length byte and up to 80 characters. */
  SHORT_STRING: { code: 0xda, bytes: 81 },
  /** What a BOOL array is made of. */
  DWORD: { code: 0xd3, bytes: 4 },
} as const;

export type AtomicName = keyof typeof ATOMIC_TYPES;

export interface AtomicType {
  readonly kind: "atomic";
  readonly name: AtomicName;
  readonly code: number;
  readonly bytes: number;
}

export interface StructureType {
  readonly kind: "structure";
  readonly name: string;
  readonly bytes: number;
  /** Template instance, also in the symbol type. */
  readonly templateId: number; // 1 … 0xFFF
  /** Structure handle of replies. */
  readonly handle: number; // u16
  readonly members: readonly Member[];
}

export type ControllerType = AtomicType | StructureType;

export interface Member {
  readonly name: string;
  readonly type: ControllerType;
  readonly offset: number;
  /** 0: no array. For BOOL arrays the number of DWORDs. */
  readonly length: number;
  /** Of a BOOL in its host. */
  readonly bit: number | undefined;
  readonly hidden: boolean;
}

/** A member as a scenario writes it. */
export interface WrittenMember {
  readonly name: string;
  readonly type: string;
  readonly length?: number | undefined;
}

const BITS_PER_DWORD = 32;
const FIRST_TEMPLATE = 0x200;

export function atomic(name: AtomicName): AtomicType {
  return { kind: "atomic", name, ...ATOMIC_TYPES[name] };
}

/** A structure of LEN and DATA is text, whatever its name. */
export function isText(type: ControllerType): boolean {
  if (type.kind === "atomic") return type.name === "SHORT_STRING";
  const [length, characters] = type.members;
  return type.members.length === 2 && length?.name === "LEN" && characters?.name === "DATA";
}

/** Every type by its name in upper case: the controller does not tell cases apart. */
export class TypeTable {
  readonly #types = new Map<string, ControllerType>();
  readonly #family: "logix" | "micro800";

  constructor(family: "logix" | "micro800") {
    this.#family = family;
    for (const name of Object.keys(ATOMIC_TYPES) as AtomicName[]) this.#types.set(name, atomic(name));
    // Logix' own numbers for its STRING, so that clients that know them by heart recognise it.
    if (family === "micro800") this.#types.set("STRING", atomic("SHORT_STRING"));
    else this.#types.set("STRING", stringType("STRING", 82, 0xfce, 0x0fce));
  }

  find(name: string): ControllerType | undefined {
    return this.#types.get(name.toUpperCase());
  }

  structures(): StructureType[] {
    return [...this.#types.values()].filter((type) => type.kind === "structure");
  }

  /** @returns what is wrong, or undefined once it is there. */
  add(name: string, members: readonly WrittenMember[]): string | undefined {
    if (this.find(name) !== undefined) return `there are two types ${name}; write another name`;
    const placed = this.#place(members, name);
    if ("mistake" in placed) return placed.mistake;
    const number = this.#types.size;
    this.#types.set(name.toUpperCase(), {
      kind: "structure",
      name,
      ...placed,
      templateId: FIRST_TEMPLATE + number,
      handle: handleOf(name, members),
    });
    return undefined;
  }

  #place(
    written: readonly WrittenMember[],
    owner: string,
  ): Pick<StructureType, "members" | "bytes"> | { mistake: string } {
    const members: Member[] = [];
    let at = 0;
    let widest = 4;
    let host: { offset: number; bits: number } | undefined;
    for (const { name, type: typeName, length = 0 } of written) {
      const type = this.find(typeName);
      if (type === undefined) return { mistake: `there is no type ${typeName}; write it before ${owner}` };
      if (this.#isBool(type) && length === 0) {
        if (host === undefined || host.bits === 8) {
          host = { offset: at, bits: 0 };
          members.push({
            name: `ZZZZZZZZZZ${owner}${members.length}`,
            type: atomic("SINT"),
            offset: at,
            length: 0,
            bit: undefined,
            hidden: true,
          });
          at++;
        }
        members.push({ name, type, offset: host.offset, length: 0, bit: host.bits++, hidden: false });
        continue;
      }
      host = undefined;
      const packed = this.#isBool(type);
      const element = packed ? atomic("DWORD") : type;
      const count = packed ? Math.ceil(length / BITS_PER_DWORD) : length;
      const alignment = alignmentOf(element);
      widest = Math.max(widest, alignment);
      at = Math.ceil(at / alignment) * alignment;
      members.push({ name, type: element, offset: at, length: count, bit: undefined, hidden: false });
      at += element.bytes * Math.max(1, count);
    }
    return { members, bytes: Math.ceil(at / widest) * widest };
  }

  #isBool(type: ControllerType): boolean {
    return this.#family === "logix" && type.kind === "atomic" && type.name === "BOOL";
  }
}

function alignmentOf(type: ControllerType): number {
  if (type.kind === "atomic") return type.name === "SHORT_STRING" ? 1 : type.bytes;
  return type.members.reduce((widest, member) => Math.max(widest, alignmentOf(member.type)), 4);
}

function stringType(name: string, characters: number, templateId: number, handle: number): StructureType {
  const members: Member[] = [
    { name: "LEN", type: atomic("DINT"), offset: 0, length: 0, bit: undefined, hidden: false },
    { name: "DATA", type: atomic("SINT"), offset: 4, length: characters, bit: undefined, hidden: false },
  ];
  return { kind: "structure", name, bytes: Math.ceil((4 + characters) / 4) * 4, templateId, handle, members };
}

/** Any 16 bits that differ between definitions: the controller uses a CRC of its own. */
function handleOf(name: string, members: readonly WrittenMember[]): number {
  let hash = 0x1d0f;
  for (const character of `${name};${members.map((member) => `${member.name}:${member.type}[${member.length ?? 0}]`).join(";")}`)
    hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) & 0xffff;
  return hash;
}
