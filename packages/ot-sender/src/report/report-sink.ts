/** Where reported samples go: the near end of the journal worker's port.
 *  scan → report → [report sink] → batch */
import type { SampleColumns } from "@nonreturn/wire-format";

export interface ReportSink {
  /**
   * Called once per scan that has anything to report; the columns are the sink's from now on (it may transfer them).
   * `complete`: the scan's last call; a batch opened by this scan may close. Never blocks, never throws.
   */
  accept(columns: SampleColumns, scan: { readonly channel: string; readonly complete: boolean }): void;
}
