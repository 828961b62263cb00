export const slow = process.env["SLOW"];
