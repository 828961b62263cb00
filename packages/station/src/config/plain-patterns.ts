/** What a plain reader looks for where it stands. All with the flag y begin at `lastIndex`.
 *  YAML text → [plain patterns] → plain reader
 *
 *  Sections are of https://yaml.org/spec/1.2.2/. */

/** Tabs, other control characters, line separators, byte order marks, marks of documents. */
export const UNUSUAL = /[^\P{Cc}\n\r]|[\u2028\u2029\ufeff]|\r(?!\n)|^(?:---|\.\.\.)/mu;
/** Indicators (§5.3) begin no word; those of flow style end one. */
export const BEGINS_NO_WORD: ReadonlySet<string> = new Set(",[]{}#&*!|>'\"%@`?:");
export const LINE = /[^\n\r]*/y;
export const FLOW_WORD = /[^\n\r,[\]{}]*/y;
export const DOUBLE_QUOTED = /"([^"\\\n\r]*(?:\\[^\n\r][^"\\\n\r]*)*)"/y;
export const SINGLE_QUOTED = /'([^'\n\r]*(?:''[^'\n\r]*)*)'/y;
export const KEY = /([^\s,[\]{}#&*!|>'"%@`?:-](?:[^\s:]|:(?=\S)| (?=[^\s:#])){0,199}) *:(?=[ \n\r]|$)/y;
export const FLOW_KEY =
  /([^\s,[\]{}#&*!|>'"%@`?:-](?:[^\s:,[\]{}]|:(?=[^\s,[\]{}])| (?=[^\s:#,[\]{}])){0,199}) *:(?=[ \n\r])/y;
export const COLON_AFTER_QUOTES = / *:(?=[ \n\r]|$)/y;
export const FLOW_COLON_AFTER_QUOTES = / *:/y;
export const SPACES = / */y;
export const LINE_END = /\r?\n/y;
/** Behind a value: nothing more, or a comment set apart from it (§6.6). */
export const REST_OF_LINE = /(?: *(?<= )#[^\n]*| *\r?)(?:\n|$)/y;
export const BLANK_LINES = /(?: *(?:#[^\n]*|\r?)\n)*/y;
export const LAST_COMMENT = /#[^\n]*$/y;
