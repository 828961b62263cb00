/** Puts blocks together from datagrams, as a receiver would, with none of its bounds: for tests of the sending side.
 *  datagrams → [link receiver] → opened batches */
import {
  type Batch,
  type BlockHeader,
  checkDatagramStructure,
  type DatagramHeader,
  datagramSymbol,
  decodeDatagramHeader,
  deriveMacKey,
  type OpeningKeys,
  openBlock,
  recoverBlock,
  verifyMac,
} from "@nonreturn/wire-format";

export interface ReceivedBlock {
  readonly stream: number;
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly header: BlockHeader;
  readonly batch: Batch;
}

export class LinkReceiver {
  readonly headers: DatagramHeader[] = [];
  /** In the order in which they became complete; each once. */
  readonly blocks: ReceivedBlock[] = [];
  readonly #opening: OpeningKeys;
  readonly #root: Uint8Array;
  readonly #open = new Map<string, Map<number, Uint8Array>>();
  readonly #complete = new Set<string>();

  constructor(opening: OpeningKeys) {
    this.#opening = opening;
    this.#root = [...opening.generations.values()][0]!.root;
  }

  /** @throws Error for anything that admission would refuse. */
  accept(datagram: Uint8Array): void {
    const wrong = checkDatagramStructure(datagram);
    if (wrong !== undefined) throw new Error(wrong);
    const header = decodeDatagramHeader(datagram);
    if (!verifyMac(datagram, deriveMacKey(this.#root, header.stream))) throw new Error("DATAGRAM_MAC");
    this.headers.push(header);
    const { stream, blockEpoch, sequence, sourceSymbols, blockBytes, symbolIndex } = header;
    const symbolBytes = datagramSymbol(datagram).length;
    const key = `${stream} ${blockEpoch} ${sequence} ${sourceSymbols} ${symbolBytes}`;
    if (this.#complete.has(key)) return;
    const symbols = this.#open.get(key) ?? new Map<number, Uint8Array>();
    this.#open.set(key, symbols.set(symbolIndex, Uint8Array.from(datagramSymbol(datagram))));
    const bytes = recoverBlock(symbols, sourceSymbols, symbolBytes, blockBytes);
    if (bytes === undefined) return;
    this.#complete.add(key);
    this.#open.delete(key);
    this.blocks.push({ stream, sequence, bytes, ...openBlock(bytes, this.#opening) });
  }

  /** Batches of one kind, in the order in which they became complete. */
  batches<Kind extends Batch["kind"]>(kind: Kind): (Batch & { readonly kind: Kind })[] {
    return this.blocks
      .map(({ batch }) => batch)
      .filter((batch): batch is Batch & { kind: Kind } => batch.kind === kind);
  }
}
