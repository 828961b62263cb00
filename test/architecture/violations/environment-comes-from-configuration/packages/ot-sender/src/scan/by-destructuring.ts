// violates environment-comes-from-configuration
const { env } = process;
export const slow = env;
