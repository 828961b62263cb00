export const koffi = await import("koffi");
