/** Why no session came about, and what to do, in the operator's words.
 *  node-opcua's error → [refusal] → StationError */
import { join } from "node:path";
import { StationError, writeHostPort } from "@nonreturn/station";
import type { OpcuaDeviceConfig } from "./config.ts";

const CERTIFICATE = /server certificate verification failed.*?(Bad\w+)/is;
const ENDPOINT = /cannot find an endpoint|BadSecurityPolicyRejected|BadSecurityModeRejected/i;
const OWN_CERTIFICATE = /BadCertificateUntrusted|BadSecurityChecksFailed|BadCertificateInvalid/i;
const LOGIN = /BadIdentityToken|BadUserAccessDenied|BadUserSignature|UserTokenPolicy|user.?token/i;

export function explainRefusal(cause: unknown, config: OpcuaDeviceConfig, pkiFolder: string): StationError {
  if (cause instanceof StationError) return cause;
  const text = (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, " ").trim().slice(0, 300);
  const where = writeHostPort(config);
  const certificate = CERTIFICATE.exec(text)?.[1];
  const trusted = join(pkiFolder, "trusted/certs");
  if (certificate !== undefined)
    return new StationError(
      {
        code: "OPCUA_CERTIFICATE",
        what: `the server's certificate is not trusted (${certificate}); it lies in ${join(pkiFolder, "rejected")}`,
        where,
        action: `Compare its fingerprint with the server's own display, then move the file to ${trusted}. The station tries again by itself.`,
      },
      { cause },
    );
  if (ENDPOINT.test(text))
    return new StationError(
      {
        code: "OPCUA_SECURITY",
        what: `the server offers no endpoint with ${config.security}${config.security === "None" ? "" : `, ${config.securityMode}`}`,
        where,
        action: "Enable it in the server, or write another security and securityMode for the device.",
      },
      { cause },
    );
  if (LOGIN.test(text))
    return new StationError(
      {
        code: "OPCUA_LOGIN",
        what: `the server refused the login (${text})`,
        where,
        action: "Check username and passwordFile, and whether the server lets anonymous users or this certificate in.",
      },
      { cause },
    );
  if (OWN_CERTIFICATE.test(text))
    return new StationError(
      {
        code: "OPCUA_CERTIFICATE",
        what: `the server does not trust this station's certificate (${text})`,
        where,
        action: `Trust ${join(pkiFolder, "own/certs/nonreturn-ot.pem")} in the server.`,
      },
      { cause },
    );
  return new StationError(
    {
      code: "DEVICE_UNREACHABLE",
      what: `no OPC UA session (${text})`,
      where,
      action: "Check host, port and endpointPath, that the server runs, and that a firewall lets the station through.",
    },
    { cause },
  );
}
