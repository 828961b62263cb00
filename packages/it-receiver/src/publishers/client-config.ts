/** What a user writes for a client's account and certificates, wherever a publisher connects to a business system.
 *  YAML → [client config] → configs of InfluxDB, NATS, REST push, MQTT, SQL */
import { z } from "zod";

export const accountFields = {
  username: z.string().min(1).max(200).optional(),
  passwordFile: z.string().min(1).optional().meta({ description: "A file of mode 0600 that holds the password." }),
} as const;

export const tlsFields = {
  caFile: z.string().min(1).optional().meta({ description: "PEM; the machine's own certificates if left out." }),
  certificateFile: z.string().min(1).optional().meta({ description: "PEM; the client's certificate." }),
  keyFile: z.string().min(1).optional().meta({ description: "PEM, mode 0600; the client's private key." }),
} as const;

interface Client {
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** Of {@link accountFields} and {@link tlsFields} what goes together. @param tls  plain: the far side is reached without; what to write for it. */
export function checkClient(
  config: Client,
  tls: { readonly is: "used" | "plain"; readonly write: string },
  wrong: (field: string, message: string) => void,
): void {
  if ((config.username === undefined) !== (config.passwordFile === undefined))
    wrong(config.username === undefined ? "passwordFile" : "username", "username and passwordFile belong together");
  if ((config.certificateFile === undefined) !== (config.keyFile === undefined))
    wrong(
      config.certificateFile === undefined ? "keyFile" : "certificateFile",
      "certificateFile and keyFile belong together",
    );
  const fields = ["caFile", "certificateFile", "keyFile"] as const;
  const useless = tls.is === "plain" ? fields.find((field) => config[field] !== undefined) : undefined;
  if (useless !== undefined) wrong(useless, `has no effect without TLS; write ${tls.write}`);
}
