/** Debian's mosquitto as the broker, and its own mosquitto_sub as the business system that subscribes.
 *  MQTT publisher → [mosquitto] → mosquitto_sub */
import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ChildProgram, startProgram } from "./child-program.ts";
import { runDebian, startDebianServer } from "./debian-program.ts";
import { freeTcpPort } from "./free-port.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const CERTIFICATES = new URL("../../packages/it-receiver/test/publishers/mqtt/certificates/", import.meta.url).pathname;
export const USERNAME = "nonreturn";
export const PASSWORD = "geheim ü";

/** plain: anybody may connect. guarded: TLS, a client certificate of our CA, and a password. */
export type Security = "plain" | "guarded";

export interface Mosquitto {
  /** For the `url` of an MQTT publisher. */
  readonly url: string;
  /** The rest of an MQTT publisher's configuration; empty where the broker is plain. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Set the access list of a plain one, from now on; connections stay. @param lines  as "topic deny a/b" */
  allow(lines: readonly string[]): Promise<void>;
  /** Subscribe with mosquitto_sub; resolves once the broker has confirmed. */
  subscribe(filter: string): Promise<MosquittoSubscriber>;
}

export interface MosquittoMessage {
  readonly topic: string;
  readonly payload: string;
  readonly retained: boolean;
}

export interface MosquittoSubscriber {
  /** Everything so far, in order, without the marks of {@link caughtUp}. */
  messages(): readonly MosquittoMessage[];
  /** Resolves when everything that the broker confirmed until now has arrived here. */
  caughtUp(): Promise<void>;
}

/** Runs on a free port of 127.0.0.1 until the test ends. @param more  lines of its configuration */
export async function startMosquitto(security: Security, more: readonly string[] = []): Promise<Mosquitto> {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755); // mosquitto leaves root for an account of its own before it reads some of them
  const port = await freeTcpPort();
  const lines = [
    `listener ${port} 127.0.0.1`,
    "persistence false",
    "max_queued_messages 0",
    "log_dest stderr",
    ...more,
  ];
  const write = (access: readonly string[]): void =>
    writeFileSync(join(folder, "access"), `${access.join("\n")}\n`, { mode: 0o644 });
  write(["topic readwrite #", "topic readwrite $SYS/#"]);
  let credentials: Record<string, string> = {};
  let clientArguments: string[] = [];
  if (security === "plain") lines.push("allow_anonymous true", `acl_file ${join(folder, "access")}`);
  else {
    const at = (name: string): string => join(folder, name);
    for (const name of ["ca.pem", "server.pem", "server-key.pem", "client.pem", "client-key.pem"])
      copyFileSync(join(CERTIFICATES, name), at(name));
    chmodSync(at("client-key.pem"), 0o600);
    chmodSync(at("server-key.pem"), 0o644);
    writeFileSync(at("password"), `${PASSWORD}\n`, { mode: 0o600 });
    await runDebian("mosquitto_passwd", ["-b", "-c", at("passwords"), USERNAME, PASSWORD]);
    chmodSync(at("passwords"), 0o644);
    lines.push("allow_anonymous false", `password_file ${at("passwords")}`, "require_certificate true");
    lines.push(`cafile ${at("ca.pem")}`, `certfile ${at("server.pem")}`, `keyfile ${at("server-key.pem")}`);
    credentials = {
      username: USERNAME,
      passwordFile: at("password"),
      caFile: at("ca.pem"),
      certificateFile: at("client.pem"),
      keyFile: at("client-key.pem"),
    };
    clientArguments = ["-u", USERNAME, "-P", PASSWORD, "--cafile", at("ca.pem")];
    clientArguments.push("--cert", at("client.pem"), "--key", at("client-key.pem"));
  }
  const file = join(folder, "mosquitto.conf");
  writeFileSync(file, `${lines.join("\n")}\n`);
  const program = await startDebianServer("mosquitto", ["-c", file], port);
  const client = ["-h", "localhost", "-p", String(port), ...clientArguments];
  return {
    url: `${security === "plain" ? "mqtt" : "mqtts"}://localhost:${port}`,
    credentials,
    async allow(access) {
      write(access);
      const reloads = program.stderr().split("Reloading config").length;
      program.signal("SIGHUP");
      await program.seen(new RegExp(`(Reloading config[^]*){${reloads}}`));
    },
    subscribe: (filter) => subscribe(client, filter),
  };
}

const MARK = "mark/of/the/subscriber";

async function subscribe(client: readonly string[], filter: string): Promise<MosquittoSubscriber> {
  const format = ["-F", "%r\\t%t\\t%p"];
  // By lines: into a pipe it would write only when 4 KiB have come together.
  const subscription = ["mosquitto_sub", ...client, "-d", "-q", "1", "-t", filter, "-t", MARK, ...format];
  const program = startProgram(["-oL", ...subscription], { command: "stdbuf" });
  await program.seen(/SUBACK/);
  const all = (): MosquittoMessage[] => messagesIn(program);
  let marks = 0;
  return {
    messages: () => all().filter(({ topic }) => topic !== MARK),
    // The broker delivers to one subscriber in order: what was confirmed before the mark arrives before it.
    async caughtUp() {
      const mark = `mark ${marks++}`;
      const sent = await runDebian("mosquitto_pub", [...client, "-q", "1", "-t", MARK, "-m", mark]);
      if (sent.code !== 0) throw new Error(`mosquitto_pub: ${sent.stderr}`);
      await program.seen(new RegExp(`\\t${MARK}\\t${mark}$`, "m"));
    },
  };
}

/** mosquitto_sub's debug lines have no tabs; topics and our payloads have no line ends. */
function messagesIn(program: ChildProgram): MosquittoMessage[] {
  return program
    .stdout()
    .split("\n")
    .slice(0, -1)
    .flatMap((line) => {
      const match = /^([01])\t([^\t]*)\t(.*)$/s.exec(line);
      return match === null ? [] : [{ retained: match[1] === "1", topic: match[2]!, payload: match[3]! }];
    });
}
