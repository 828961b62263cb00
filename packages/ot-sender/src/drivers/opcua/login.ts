/** How the station logs in: as nobody, by a password, by a certificate.
 *  config → [login] → OPC UA session */
import { X509Certificate } from "node:crypto";
import { readPrivate, readPublic, readSecret, StationError } from "@nonreturn/station";
import { UserTokenType } from "node-opcua";
import type { OpcuaDeviceConfig } from "./config.ts";

/** @throws {StationError} FILE_MISSING, FILE_NOT_PRIVATE, OPCUA_LOGIN if the configuration names half of what it takes. */
export function readLogin(config: OpcuaDeviceConfig): object {
  const { username, passwordFile, userCertificateFile, userKeyFile } = config;
  if ((userCertificateFile === undefined) !== (userKeyFile === undefined))
    throw incomplete("userCertificateFile and userKeyFile go together");
  if (username === undefined && passwordFile !== undefined) throw incomplete("passwordFile needs a username");
  if (username !== undefined && userCertificateFile !== undefined)
    throw incomplete("username and userCertificateFile exclude one another");
  if (userCertificateFile !== undefined && userKeyFile !== undefined)
    return {
      type: UserTokenType.Certificate,
      certificateData: derOf(userCertificateFile),
      privateKey: readPrivate(userKeyFile).toString("utf8"),
    };
  if (username === undefined) return { type: UserTokenType.Anonymous };
  const password = passwordFile === undefined ? "" : readSecret(passwordFile);
  return { type: UserTokenType.UserName, userName: username, password };
}

function incomplete(what: string): StationError {
  return new StationError({
    code: "OPCUA_LOGIN",
    what,
    action:
      "Correct the device in the configuration: username with passwordFile, or userCertificateFile with userKeyFile.",
  });
}

function derOf(path: string): Buffer {
  try {
    return new X509Certificate(readPublic(path)).raw;
  } catch (error) {
    if (error instanceof StationError) throw error;
    throw incomplete(`${path} is no certificate`);
  }
}
