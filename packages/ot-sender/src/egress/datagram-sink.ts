/** Where finished datagrams go: the near end of the one-way link. There is no receive. */
export interface DatagramSink {
  /** Takes ownership of nothing: the bytes are read before the call returns or the promise resolves. Never throws or rejects: a failed send is counted by the sink. */
  send(datagram: Uint8Array): void | Promise<void>;
  close(): Promise<void>;
}
