/** Names and texts in all scripts, and in every form that has broken somebody's gateway before.
 *  [every script] → line plant → tag paths, string registers */

/** Tag names below one device. Each is a path of its own; none is normalised, trimmed or reordered on the way. */
export const NAMES = {
  latin: "Kesseltemperatur Süd/Größe ß",
  cyrillic: "Котельная/температура пара",
  greek: "λέβητας/θερμοκρασία",
  arabic: "غلاية/درجة الحرارة",
  hebrew: "דוד/טמפרטורה",
  devanagari: "बॉयलर/तापमान",
  thai: "หม้อไอน้ำ/อุณหภูมิ",
  chinese: "锅炉房/蒸汽温度",
  japanese: "ボイラー/蒸気温度",
  korean: "보일러/온도",
  emoji: "🌡️ Kessel/👩🏽‍🔧🏭",
  "combining marks": "cafe\u0301/Z\u0337\u0354\u034C",
  "right to left with marks": "\u200Fגובה 12%\u200E/mixed עברית",
  "beyond the first plane": "𝕋𝕖𝕞𝕡/𠜎𠜱",
  "no-break space": "a\u00A0b/c\u202Fd",
  "zero-width joiner": "क्\u200Dष/می\u200Cخواهم",
  "wildcards of MQTT": "50% +5/#1 + #",
  "reserved by brokers": "$SYS/$share",
  "an escape itself": "%2F/%25%",
  "dots of a path": "../.",
  quotes: "\"double\" 'single' `tick`/back\\slash",
  "a statement": "Robert'); DROP TABLE tag;--/{n}",
} as const;

/** What a string register shows, one after the other; `{n}` counts. Each fits 60 bytes of UTF-8. */
export const TEXTS = [
  "Los-{n} Größe ß",
  "Партия-{n} готова",
  "دفعة-{n} جاهزة",
  "אצווה-{n} מוכנה",
  "बैच-{n} तैयार",
  "ชุด-{n} พร้อม",
  "批次-{n} 就绪 ロット 배치",
  "👩🏽‍🔧🏭-{n}",
  "e\u0301-{n} Z\u0337\u0354",
  "\u200F{n}%\u200E \"q\" 'q' \\ </>",
  "",
  "\t{n}\r\n\u0001",
] as const;
