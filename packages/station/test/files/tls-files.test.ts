/** Whom a client trusts that has no CA of its own. In processes of their own: authorities are read once. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const CERTIFICATES = new URL("../../../it-receiver/test/publishers/mqtt/certificates/", import.meta.url).pathname;
const TLS_FILES = new URL("../../src/files/tls-files.ts", import.meta.url).href;
const TIMEOUT_MS = 60_000;

async function serve(): Promise<number> {
  const read = (name: string): Buffer => readFileSync(CERTIFICATES + name);
  const server = createServer({ cert: read("server.pem"), key: read("server-key.pem") }, (socket) => socket.end());
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function outcome(port: number, environment: Record<string, string>): Promise<string> {
  const program = `
    import { connect } from "node:tls";
    import { readTlsFiles } from ${JSON.stringify(TLS_FILES)};
    const socket = connect({ host: "127.0.0.1", port: ${port}, servername: "localhost", ...readTlsFiles({}) });
    socket.on("secureConnect", () => { console.log("trusted"); socket.destroy(); });
    socket.on("error", ({ code }) => console.log(code));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
    env: { PATH: process.env.PATH, ...environment },
  });
  return stdout.trim();
}

test(
  "without caFile those are trusted whom the machine trusts, and nobody else",
  async () => {
    const port = await serve();
    expect(await outcome(port, { SSL_CERT_FILE: `${CERTIFICATES}ca.pem` })).toBe("trusted");
    expect(await outcome(port, {})).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED/);
  },
  TIMEOUT_MS,
);
