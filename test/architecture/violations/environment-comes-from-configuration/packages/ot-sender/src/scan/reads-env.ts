// violates environment-comes-from-configuration
export const slow = process.env["SLOW"];
