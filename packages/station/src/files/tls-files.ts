/** Reads the files by which a client trusts a server and proves who it is.
 *  configuration → [TLS files] → connect */
import { trustMachine } from "./machine-certificates.ts";
import { readPrivate, readPublic } from "./read-file.ts";

/** What a user writes for TLS; each path absolute by now. */
export interface TlsFiles {
  readonly caFile?: string | undefined;
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/**
 * For connections with TLS only. Without `caFile` whoever the machine trusts is trusted.
 *
 * @returns PEM by node:tls's names; what is not configured is left out.
 * @throws {StationError} FILE_MISSING, FILE_NOT_PRIVATE of the key
 */
export function readTlsFiles({ caFile, certificateFile, keyFile }: TlsFiles): {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
} {
  if (caFile === undefined) trustMachine();
  return {
    ...(caFile === undefined ? {} : { ca: readPublic(caFile).toString("utf8") }),
    ...(certificateFile === undefined ? {} : { cert: readPublic(certificateFile).toString("utf8") }),
    ...(keyFile === undefined ? {} : { key: readPrivate(keyFile).toString("utf8") }),
  };
}
