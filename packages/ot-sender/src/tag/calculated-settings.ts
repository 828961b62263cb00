/** One calculated tag as the station uses it.
 *  config → [calculated settings] → calculations, report, tag directory */
import type { ParsedExpression } from "./expression.ts";
import type { TagSettings } from "./tag-settings.ts";

export interface CalculatedSettings
  extends Pick<
    TagSettings,
    "path" | "formerPath" | "enabled" | "unit" | "description" | "range" | "deadband" | "maximumSilenceMs" | "alarms"
  > {
  readonly dataType: "FLOAT64" | "BOOLEAN";
  readonly expression: ParsedExpression;
  /** Names in the expression → paths. */
  readonly inputs: ReadonlyMap<string, string>;
}
