/** What a user writes for the REST server; the push has its own file.
 *  YAML → [REST config] → REST publisher */
import { type HostPort, hostPort } from "@nonreturn/station";
import { z } from "zod";
import { commonFields } from "../publisher-config.ts";

/** What a token may be allowed to read; each endpoint needs one of them. */
const SCOPES = ["tags", "latest", "history", "alarms", "gaps", "stations", "status"] as const;
export type Scope = (typeof SCOPES)[number];

const tokenConfig = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, "write letters, digits, ., _ and -, at most 64"),
    tokenFile: z.string().min(1).optional().meta({
      description: "A file of mode 0600 that holds the token, 20 characters or more.",
    }),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "write the 64 hexadecimal digits that sha256sum prints for the token without a line end")
      .optional()
      .meta({
        description: "Instead of tokenFile: the token's SHA-256, so that this machine does not hold the token.",
      }),
    scopes: z
      .array(z.enum(SCOPES))
      .min(1)
      .prefault([...SCOPES])
      .meta({ description: "What it may read; everything if left out." }),
  })
  .superRefine(({ tokenFile, sha256 }, context) => {
    if ((tokenFile === undefined) === (sha256 === undefined))
      context.addIssue({ code: "custom", path: [], message: "write either tokenFile or sha256" });
  });
export type TokenConfig = z.output<typeof tokenConfig>;

export const restConfig = z
  .strictObject({
    ...commonFields,
    type: z.literal("rest"),
    name: commonFields.name.prefault("rest"),
    listen: hostPort.meta({ description: "where clients connect", examples: ["127.0.0.1:8443"] }),
    certificateFile: z.string().min(1).optional().meta({ description: "PEM; the server's certificate and its chain." }),
    keyFile: z.string().min(1).optional().meta({ description: "PEM, mode 0600; its private key." }),
    tokens: z.array(tokenConfig).min(1).max(1000).meta({ description: "Who may ask." }),
  })
  .superRefine((config, context) => {
    const wrong = (field: string, message: string): void =>
      context.addIssue({ code: "custom", path: [field], message });
    if ((config.certificateFile === undefined) !== (config.keyFile === undefined))
      wrong(
        config.certificateFile === undefined ? "keyFile" : "certificateFile",
        "certificateFile and keyFile belong together",
      );
    else if (config.certificateFile === undefined && !isLoopback(config.listen))
      wrong("listen", "tokens would cross the network in the clear; write certificateFile and keyFile, or 127.0.0.1");
    const names = new Set(config.tokens.map(({ name }) => name));
    if (names.size < config.tokens.length) wrong("tokens", "two tokens have the same name; write another one");
  });
export type RestConfig = z.output<typeof restConfig>;

function isLoopback({ host }: HostPort): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(host) || host === "::1" || host === "localhost";
}

export { type RestPushConfig, restPushConfig } from "./push-config.ts";
