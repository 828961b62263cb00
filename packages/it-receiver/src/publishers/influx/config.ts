/** What a user writes for an InfluxDB publisher.
 *  YAML → [InfluxDB config] → InfluxDB publisher */
import { z } from "zod";
import { accountFields, checkClient, tlsFields } from "../client-config.ts";
import { commonFields } from "../publisher-config.ts";

export const influxConfig = z
  .strictObject({
    ...commonFields,
    type: z.literal("influx"),
    name: commonFields.name.prefault("influx"),
    url: z
      .string()
      .refine(
        (text) => {
          const url = URL.canParse(text) ? new URL(text) : undefined;
          return (
            (url?.protocol === "http:" || url?.protocol === "https:") &&
            url.username === "" &&
            url.password === "" &&
            url.search === "" &&
            url.hash === ""
          );
        },
        { error: "write https://host:8086; account, database or bucket have their own fields" },
      )
      .meta({ examples: ["https://influx.example:8086"] }),
    database: z.string().min(1).max(200).optional().meta({ description: "InfluxDB 1: the database, made beforehand." }),
    organization: z.string().min(1).max(200).optional().meta({ description: "InfluxDB 2 and 3." }),
    bucket: z.string().min(1).max(200).optional().meta({ description: "InfluxDB 2 and 3: the bucket or database." }),
    tokenFile: z.string().min(1).optional().meta({ description: "A file of mode 0600 that holds the API token." }),
    ...accountFields,
    username: accountFields.username.meta({ description: "InfluxDB 1." }),
    measurement: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, "write letters, digits, - and _, at most 64")
      .prefault("nonreturn"),
    ...tlsFields,
  })
  .superRefine((config, context) => {
    const wrong = (field: string, message: string): void =>
      context.addIssue({ code: "custom", path: [field], message });
    if ((config.database === undefined) === (config.bucket === undefined))
      wrong("url", "needs either database (InfluxDB 1) or organization and bucket (InfluxDB 2 and 3) beside it");
    if ((config.organization === undefined) !== (config.bucket === undefined))
      wrong(config.bucket === undefined ? "organization" : "bucket", "organization and bucket belong together");
    const is = config.url.startsWith("http:") ? "plain" : "used";
    checkClient(config, { is, write: "an https:// url" }, wrong);
  });
export type InfluxConfig = z.output<typeof influxConfig>;
