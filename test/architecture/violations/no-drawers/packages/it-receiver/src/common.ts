// violates no-drawers
export const common = 1;
