/** Where datagrams come from: the far end of the one-way link. There is no send.
 *  ║ diode ║ → [datagram source] → admit */
export interface DatagramSource {
  /** One listener. The bytes are valid only during the call. */
  onDatagram(listener: (datagram: Uint8Array) => void): void;
  close(): Promise<void>;
}
