/** What a user writes for a PostgreSQL or MariaDB publisher.
 *  YAML → [SQL config] → SQL publisher */
import { z } from "zod";
import { tlsFields } from "../client-config.ts";
import { commonFields } from "../publisher-config.ts";

const sqlFields = {
  ...commonFields,
  host: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,255}$/, "write a host name or an IP address")
    .meta({ description: "host name or address of the server", examples: ["db.example"] }),
  database: z.string().min(1).max(63),
  username: z.string().min(1).max(128),
  password: z.string().max(1024).optional().meta({ description: "Better: passwordFile." }),
  passwordFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "A file of mode 0600 that holds the password, without its last line end." }),
  tls: z.enum(["verify", "off"]).prefault("verify").meta({
    description: "verify: TLS, and the server's certificate must be valid for the host. off: only on this machine.",
  }),
  ...tlsFields,
  lineLevels: z
    .int()
    .min(1)
    .max(16)
    .prefault(3)
    .meta({ description: "So many levels of a tag's path name its line, in line_latest and line_history." }),
} as const;

const port = (usual: number) => z.int().min(1).max(65_535).prefault(usual);
const NAME = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,39}$/, "write lower-case letters, digits and _, at most 40, not beginning with a digit");

export const postgresqlConfig = z
  .strictObject({
    type: z.literal("postgresql"),
    ...sqlFields,
    name: commonFields.name.prefault("postgresql"),
    port: port(5432),
    schema: NAME.prefault("nonreturn").meta({
      description: "Schema of the tables and views; made if it does not exist.",
    }),
    timescale: z
      .enum(["auto", "off"])
      .prefault("auto")
      .meta({ description: "auto: samples become a compressed hypertable where the database has the extension." }),
  })
  .superRefine(checkAccount);
export type PostgresqlConfig = z.output<typeof postgresqlConfig>;

export const mariadbConfig = z
  .strictObject({
    type: z.literal("mariadb"),
    ...sqlFields,
    name: commonFields.name.prefault("mariadb"),
    port: port(3306),
    prefix: NAME.prefault("nonreturn_").meta({ description: "First part of the names of tables and views." }),
  })
  .superRefine(checkAccount);
export type MariadbConfig = z.output<typeof mariadbConfig>;

interface AccountFields {
  readonly password?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly tls: "verify" | "off";
  readonly caFile?: string | undefined;
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

function checkAccount(config: AccountFields, context: z.RefinementCtx): void {
  const wrong = (field: string, message: string): void =>
    void context.addIssue({ code: "custom", path: [field], message });
  if (config.password !== undefined && config.passwordFile !== undefined)
    wrong("password", "write password or passwordFile, not both");
  if ((config.certificateFile === undefined) !== (config.keyFile === undefined)) {
    const half = config.certificateFile === undefined ? "keyFile" : "certificateFile";
    wrong(half, "a client certificate needs both certificateFile and keyFile; write the other one");
  }
  const onlyTls = ["caFile", "certificateFile", "keyFile"] as const;
  const useless = config.tls === "off" ? onlyTls.find((field) => config[field] !== undefined) : undefined;
  if (useless !== undefined) wrong(useless, "has no effect with tls: off; write tls: verify");
}
