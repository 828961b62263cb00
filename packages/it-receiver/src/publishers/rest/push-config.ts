/** What a user writes for the REST push.
 *  YAML → [push config] → push publisher */
import { durationBetween } from "@nonreturn/station";
import { z } from "zod";
import { accountFields, checkClient, tlsFields } from "../client-config.ts";
import { commonFields } from "../publisher-config.ts";
import { BODY_WORDS, EVENT_WORDS, SAMPLE_WORDS, type Template, templateMistake } from "./body-template.ts";

const MAXIMUM_TEMPLATE_CHARACTERS = 16 * 1024;
/** What the station says itself, and what would change where a request ends. */
const RESERVED_HEADERS = /^(host|content-length|transfer-encoding|connection|authorization|cookie|x-csrf-token)$/i;

const json: z.ZodType<Template> = z
  .lazy(() => z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(json), z.record(z.string(), json)]))
  .meta({ id: "Json" });

const template = (words: readonly string[]) =>
  json.superRefine((given, context) => {
    const mistake =
      JSON.stringify(given).length > MAXIMUM_TEMPLATE_CHARACTERS
        ? "is too long; 16384 characters are the most"
        : templateMistake(given, words);
    if (mistake !== undefined) context.addIssue({ code: "custom", path: [], message: mistake });
  });

export const restPushConfig = z
  .strictObject({
    ...commonFields,
    type: z.literal("rest-push"),
    name: commonFields.name.prefault("rest-push"),
    url: z
      .string()
      .refine(
        (text) => {
          const url = URL.canParse(text) ? new URL(text) : undefined;
          return (
            /^https?:$/.test(url?.protocol ?? "") && url?.username === "" && url.password === "" && url.hash === ""
          );
        },
        { error: "write https://host/path; the account has its own fields" },
      )
      .meta({
        description: "where requests are posted",
        examples: ["https://sap.example/sap/opu/odata/sap/ZPLANT_SRV/MeasurementSet"],
      }),
    what: z.enum(["samples", "events"]).prefault("samples").meta({
      description: "What is posted: samples, or alarm events. For both write two publishers.",
    }),
    when: z.enum(["change", "interval"]).prefault("change").meta({
      description: "change: every sample. interval: of each tag the first sample in each interval.",
    }),
    interval: durationBetween("1s", "31d").optional().meta({ description: "For when: interval." }),
    tags: z
      .array(z.string().min(1).max(4096))
      .min(1)
      .max(1000)
      .prefault(["*"])
      .meta({ description: "Paths, or beginnings of paths followed by *." }),
    samplesPerRequest: z.int().min(1).max(10_000).prefault(500),
    sample: template(SAMPLE_WORDS)
      .prefault({
        path: "{{path}}",
        timestamp: "{{timestamp}}",
        value: "{{value}}",
        quality: "{{quality}}",
        unit: "{{unit}}",
        historical: "{{historical}}",
      })
      .meta({ description: "What one sample becomes." }),
    event: template(EVENT_WORDS)
      .prefault({
        path: "{{path}}",
        timestamp: "{{timestamp}}",
        condition: "{{condition}}",
        state: "{{state}}",
        severity: "{{severity}}",
        text: "{{text}}",
        value: "{{value}}",
        unit: "{{unit}}",
        historical: "{{historical}}",
      })
      .meta({ description: "What one alarm event becomes, with what: events." }),
    body: template(BODY_WORDS).optional().meta({
      description:
        "What one request holds: {{samples}} or {{events}}; with samplesPerRequest: 1 also {{sample}} or {{event}}.",
    }),
    headers: z
      .record(
        z
          .string()
          .regex(/^[A-Za-z0-9-]{1,64}$/)
          .refine((name) => !RESERVED_HEADERS.test(name), { error: "is written by the station itself" }),
        z.string().regex(/^[\x20-\x7e]{0,1000}$/, "write printable ASCII"),
      )
      .prefault({}),
    idempotencyHeader: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/)
      .prefault("Idempotency-Key")
      .meta({ description: "Carries the same key whenever the same samples are posted again." }),
    csrf: z
      .enum(["off", "fetch"])
      .prefault("off")
      .meta({ description: "fetch: a CSRF token and cookies are fetched first, as SAP Gateway asks for." }),
    ...accountFields,
    username: accountFields.username.meta({ description: "HTTP Basic." }),
    tokenFile: z.string().min(1).optional().meta({ description: "A file of mode 0600 that holds a bearer token." }),
    ...tlsFields,
  })
  .superRefine((config, context) => {
    const wrong = (field: string, message: string): void =>
      context.addIssue({ code: "custom", path: [field], message });
    if ((config.when === "interval") !== (config.interval !== undefined))
      wrong("when", "when: interval and interval belong together");
    const body = JSON.stringify(config.body ?? null);
    if (/\{\{(sample|event)\}\}/.test(body) && config.samplesPerRequest !== 1)
      wrong("body", "{{sample}} and {{event}} are one item; write samplesPerRequest: 1, or {{samples}}, {{events}}");
    if (config.what === "samples" ? /\{\{events?\}\}/.test(body) : /\{\{samples?\}\}/.test(body))
      wrong("body", `what: ${config.what} has no such items; write {{${config.what}}}`);
    if (config.what === "events" && config.when === "interval")
      wrong("when", "every alarm event is posted; leave when and interval out");
    if (config.username !== undefined && config.tokenFile !== undefined)
      wrong("tokenFile", "write an account or a token, not both");
    const is = config.url.startsWith("http:") ? "plain" : "used";
    checkClient(config, { is, write: "an https:// url" }, wrong);
  });
export type RestPushConfig = z.output<typeof restPushConfig>;
