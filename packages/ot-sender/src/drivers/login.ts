/** What REST servers and brokers ask of a client: account, token, certificates. Secrets come from files, and stand in no message.
 *  config → [login] → secure stream, REST driver, MQTT driver */
import { readSecret, readTlsFiles, StationError } from "@nonreturn/station";
import { z } from "zod";

/** Keys of every device that is reached by TLS. */
export const tlsShape = {
  caFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "PEM; the authority that signed the device's certificate; the machine's own if left out" }),
  certificateFile: z.string().min(1).optional().meta({ description: "PEM; the station's own certificate" }),
  keyFile: z.string().min(1).optional().meta({ description: "PEM, a file of mode 0600: the key of certificateFile" }),
  serverName: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .meta({ description: "name in the device's certificate, where it is not that of host" }),
} satisfies z.ZodRawShape;

const tls = z.object(tlsShape);
type TlsConfig = z.output<typeof tls>;

export const accountShape = {
  username: z.string().min(1).max(200).optional(),
  passwordFile: z.string().min(1).optional().meta({ description: "a file of mode 0600 that holds the password" }),
} satisfies z.ZodRawShape;

/** For node:tls; undefined: no TLS. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
}

/** @throws {StationError} FILE_MISSING, FILE_NOT_PRIVATE, DEVICE_LOGIN */
export function readTls(config: TlsConfig, isSecure: boolean): TlsSettings | undefined {
  const { caFile, certificateFile, keyFile, serverName } = config;
  if ((certificateFile === undefined) !== (keyFile === undefined))
    throw incompleteLogin("certificateFile and keyFile go together");
  if (isSecure)
    return {
      ...readTlsFiles(config),
      ...(serverName === undefined ? {} : { serverName }),
    };
  if (caFile !== undefined || certificateFile !== undefined)
    throw incompleteLogin("caFile and certificateFile have no effect without TLS");
  return undefined;
}

/** @throws {StationError} FILE_MISSING, FILE_NOT_PRIVATE, DEVICE_LOGIN */
export function readPassword(username: string | undefined, passwordFile: string | undefined): string | undefined {
  if (username === undefined && passwordFile !== undefined) throw incompleteLogin("passwordFile needs a username");
  return passwordFile === undefined ? undefined : readSecret(passwordFile);
}

export function incompleteLogin(what: string): StationError {
  return new StationError({
    code: "DEVICE_LOGIN",
    what,
    action: "Correct the device in the configuration; docs/drivers.md says what goes together.",
  });
}
