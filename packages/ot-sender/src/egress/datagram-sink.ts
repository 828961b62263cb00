/** Where finished datagrams go: the near end of the one-way link. There is no receive.
 *  egress → [datagram sink] → ║ diode ║ */
export interface DatagramSink {
  /** Takes ownership of nothing: the bytes are read before the call returns. Never throws: a failed send is counted by the sink. */
  send(datagram: Uint8Array): void;
  /** Called when nothing more is sent at this moment: what the sink gathered to hand to the kernel in one call leaves now. Never throws. */
  flush(): void;
  close(): Promise<void>;
}
