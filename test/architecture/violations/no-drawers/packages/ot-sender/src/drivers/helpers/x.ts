// violates no-drawers
export const x = 1;
