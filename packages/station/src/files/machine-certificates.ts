/** Makes this thread trust the authorities that the machine trusts, beside those that come with Node.
 *  TLS files → [machine certificates] → node:tls */
import tls from "node:tls";

let trusted: "by Node" | "by the machine" = "by Node";

/** Once per thread, where a connection is made without a CA of its own: about 100 ms. SSL_CERT_FILE and SSL_CERT_DIR name other places than the machine's. */
export function trustMachine(): void {
  if (trusted === "by the machine" || !("setDefaultCACertificates" in tls)) return; // since Node 24.5
  trusted = "by the machine";
  const authorities = [...tls.getCACertificates("default"), ...tls.getCACertificates("system")];
  tls.setDefaultCACertificates([...new Set(authorities)]);
}
